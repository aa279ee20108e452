// Lets as many look-ups run at once, from an address or network, as it has wrong codes left. Otherwise
// requests sent at once would all be looked up, and a right code among them would stand out.
import type { GuessCounter, Origin } from './guess-counter.ts'

type Place = { running: number; waiting: (() => void)[] }

export const guessTurns = ({ left }: Pick<GuessCounter, 'left'>) => {
  const places = new Map<string, Place>()
  const placeOf = (key: string): Place => {
    const place = places.get(key) ?? { running: 0, waiting: [] }
    places.set(key, place)
    return place
  }
  const end = (origin: Origin) => {
    for (const { key } of origin) {
      const place = placeOf(key)
      place.running--
      if (place.running === 0) places.delete(key)
      for (const wake of place.waiting.splice(0)) wake()
    }
  }
  return {
    /** Returns null if a look-up may begin now, else a promise to await before asking again. */
    wait: (origin: Origin): Promise<void> | null => {
      const full = left(origin).find((network) => {
        const running = places.get(network.key)?.running ?? 0
        return running > 0 && running >= network.left
      })
      if (!full) return null
      return new Promise((wake) => placeOf(full.key).waiting.push(wake))
    },
    /** Begins a look-up. Returns the function that ends it. */
    begin: (origin: Origin): (() => void) => {
      for (const { key } of origin) placeOf(key).running++
      return () => end(origin)
    },
  }
}
export type GuessTurns = ReturnType<typeof guessTurns>
