// Counts wrong codes by address and in all. Right codes are not counted, so many people behind one
// address are not limited.

export type GuessLimits = {
  /** Wrong codes of one address in a window. */
  perAddress: number
  /** Wrong codes of all addresses in a window, beyond which each address may send fewer. */
  inAll: number
  windowMs: number
}

type Count = { wrong: number; until: number }

/** Addresses in memory; the oldest is dropped first. */
const ADDRESSES = 100_000

// In an attack from many addresses, each address may send only a tenth. A person may still mistype
// a code, and a right code always passes: rejecting everybody would let an attacker close the door.
const STRICTER = 10

/** Counts wrong codes. `now` returns milliseconds that never decrease. */
export const guessCounter = (limits: GuessLimits, now = () => performance.now()) => {
  const { perAddress, inAll, windowMs } = limits
  const addresses = new Map<string, Count>()
  const all: Count = { wrong: 0, until: 0 }

  const newCount = (): Count => ({ wrong: 0, until: now() + windowMs })
  const isUnderAttack = () => all.wrong >= inAll && now() < all.until
  const allowed = () => (isUnderAttack() ? Math.ceil(perAddress / STRICTER) : perAddress)

  const startWindow = (address: string): Count => {
    const count = newCount()
    addresses.delete(address)
    addresses.set(address, count)
    const [oldest] = addresses.keys()
    if (addresses.size > ADDRESSES) addresses.delete(oldest as string)
    return count
  }
  const countOf = (address: string): Count => {
    const count = addresses.get(address)
    return count && now() < count.until ? count : startWindow(address)
  }

  return {
    isUnderAttack,
    /** Returns the whole seconds until the address may send another code; 0 if it may now. */
    secondsToWait: (address: string): number => {
      const count = addresses.get(address)
      if (!count || count.wrong < allowed()) return 0
      return Math.max(0, Math.ceil((count.until - now()) / 1000))
    },
    /** Counts a wrong code. */
    add: (address: string) => {
      if (now() >= all.until) Object.assign(all, newCount())
      all.wrong++
      countOf(address).wrong++
    },
  }
}
