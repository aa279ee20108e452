// Counts wrong codes by address, by network and in all. Right codes are not counted, so many people
// behind one address are not limited.
import { networkOf } from '@vobee/shared/http/address'

export type GuessLimits = {
  /** Wrong codes of one address in a window. */
  perAddress: number
  /** Wrong codes of all addresses in a window, beyond which each network may send only a few. */
  inAll: number
  windowMs: number
}

/** A network, and how many wrong codes may come from it in an attack. */
type Network = { key: string; allowed: number }
/** An address and the networks around it. */
export type Origin = [address: Network, ...around: Network[]]

type Count = { wrong: number; until: number }

/** Networks in memory; the oldest is dropped first. */
const NETWORKS = 100_000

// In an attack an address may send a tenth. The networks around it may send as much as four, then as
// sixteen addresses. An address counts in its network only up to its own share, so only four of them
// stop the network, and only four such networks the larger one.
const STRICTER = 10
const SIZES = [
  { bits: { ipv4: 32, ipv6: 64 }, shares: 1 },
  { bits: { ipv4: 24, ipv6: 48 }, shares: 4 },
  { bits: { ipv4: 24, ipv6: 32 }, shares: 16 },
]

const isFirst = ({ key }: Network, n: number, all: Network[]) => key !== all[n - 1]?.key

/** Counts wrong codes. `now` returns milliseconds that never decrease. */
export const guessCounter = (limits: GuessLimits, now = () => performance.now()) => {
  const { perAddress, inAll, windowMs } = limits
  const share = Math.ceil(perAddress / STRICTER)
  const counts = new Map<string, Count>()
  const all: Count = { wrong: 0, until: 0 }

  const newCount = (): Count => ({ wrong: 0, until: now() + windowMs })
  const isUnderAttack = () => all.wrong >= inAll && now() < all.until

  const startWindow = (key: string): Count => {
    const count = newCount()
    counts.delete(key)
    counts.set(key, count)
    const [oldest] = counts.keys()
    if (counts.size > NETWORKS) counts.delete(oldest as string)
    return count
  }
  const countOf = (key: string): Count | undefined => {
    const count = counts.get(key)
    return count && now() < count.until ? count : undefined
  }
  const limitsFor = (origin: Origin): Network[] =>
    isUnderAttack() ? origin : [{ key: origin[0].key, allowed: perAddress }]

  const secondsOf = ({ key, allowed }: Network): number => {
    const count = countOf(key)
    return count && count.wrong >= allowed ? Math.ceil((count.until - now()) / 1000) : 0
  }

  return {
    isUnderAttack,
    originOf: (address: string): Origin =>
      SIZES.map(({ bits, shares }) => ({
        key: networkOf(address, bits),
        allowed: shares * share,
      })).filter(isFirst) as unknown as Origin,
    /** Returns the whole seconds until another code may come from there; 0 if it may now. */
    secondsToWait: (origin: Origin): number => Math.max(...limitsFor(origin).map(secondsOf)),
    /** Returns the networks that limit an origin now, with the wrong codes that each has left. */
    left: (origin: Origin): { key: string; left: number }[] =>
      limitsFor(origin).map(({ key, allowed }) => ({
        key,
        left: allowed - (countOf(key)?.wrong ?? 0),
      })),
    /** Counts a wrong code. */
    add: (origin: Origin) => {
      if (now() >= all.until) Object.assign(all, newCount())
      all.wrong++
      for (const { key, allowed } of origin) {
        const count = countOf(key) ?? startWindow(key)
        count.wrong++
        if (count.wrong > allowed) return
      }
    },
  }
}
export type GuessCounter = ReturnType<typeof guessCounter>
