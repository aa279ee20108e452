// How often somebody may guess a code: wrong ones are counted by address and in all. Right ones
// cost nothing, so a crowd behind one address is not refused for being many.

export type GuessLimits = {
  /** Wrong guesses of one address in a window. */
  perAddress: number
  /** Wrong guesses of all addresses in a window, beyond which each may guess less. */
  inAll: number
  windowMs: number
}

type Count = { wrong: number; until: number }

/** Addresses that are remembered; the oldest is forgotten first. */
const REMEMBERED = 100_000

// Whoever guesses from everywhere needs a new address for every few guesses then, while a real
// person still has a slip or two, and a right code passes at once. Refusing everybody instead
// would hand the attacker the switch.
const STRICTER = 10

/** Counts wrong guesses. `now` gives milliseconds that never go back. */
export const countGuesses = (limits: GuessLimits, now = () => performance.now()) => {
  const { perAddress, inAll, windowMs } = limits
  const addresses = new Map<string, Count>()
  const all: Count = { wrong: 0, until: 0 }

  const anew = (): Count => ({ wrong: 0, until: now() + windowMs })
  const underAttack = () => all.wrong >= inAll && now() < all.until
  const allowed = () => (underAttack() ? Math.ceil(perAddress / STRICTER) : perAddress)

  const begin = (address: string): Count => {
    const count = anew()
    addresses.delete(address)
    addresses.set(address, count)
    const [oldest] = addresses.keys()
    if (addresses.size > REMEMBERED) addresses.delete(oldest as string)
    return count
  }
  const countOf = (address: string): Count => {
    const count = addresses.get(address)
    return count && now() < count.until ? count : begin(address)
  }

  return {
    underAttack,
    /** Whole seconds that an address must wait before it may guess again; 0 when it may now. */
    wait: (address: string): number => {
      const count = addresses.get(address)
      if (!count || count.wrong < allowed()) return 0
      return Math.max(0, Math.ceil((count.until - now()) / 1000))
    },
    /** Counts a wrong guess. */
    add: (address: string) => {
      if (now() >= all.until) Object.assign(all, anew())
      all.wrong++
      countOf(address).wrong++
    },
  }
}
