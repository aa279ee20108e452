// Random numbers that a seed decides.

export type Random = ReturnType<typeof randomOf>

/** mulberry32: https://github.com/cprosche/mulberry32 */
const generator = (seed: number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const randomOf = (seed: number) => {
  const next = generator(seed)
  const int = (from: number, to: number) => from + Math.floor(next() * (to - from + 1))
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return {
    int,
    chance: (probability: number) => next() < probability,
    /** A number below `count`; the first are the most frequent. */
    skewed: (count: number) => Math.floor(count * next() ** 2),
    from: <Item>(items: readonly Item[]): Item => items[int(0, items.length - 1)] as Item,
    /** Times between events that happen independently. */
    gap: (mean: number) => -mean * Math.log(1 - next()),
    /** How long people take: half of them longer than `median`. */
    about: (median: number, spread: number) => median * Math.exp(spread * normal()),
  }
}
