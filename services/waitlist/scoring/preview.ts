// What another scoring would change, before it scores any entry.

/** A waiting entry with its current score and its score by the other scoring. */
export type SampledEntry = { id: string; arrival: number; before: number; after: number }

export type Spread = { min: number; median: number; max: number }

export type Preview = {
  waiting: number
  /** Entries in the sample; if they are fewer than `waiting`, counts and positions are estimates. */
  looked_at: number
  score_changes: number
  position_changes: number
  /** After − before, of the scores that change; null if none does. */
  score_change: Spread | null
  position_change: Spread | null
  sample: { id: string; score: Change; position: Change }[]
}

type Change = { before: number; after: number }

const SAMPLE = 20

const spreadOf = (changes: Change[]): Spread | null => {
  const moved = changes
    .map(({ before, after }) => after - before)
    .filter((difference) => difference !== 0)
    .sort((a, b) => a - b)
  const [min] = moved
  if (min === undefined) return null
  const median = moved[Math.floor(moved.length / 2)] as number
  return { min, median, max: moved.at(-1) as number }
}

/** Returns the place of each sampled entry by those scores, from 0. */
const placesBy = (sample: readonly SampledEntry[], when: 'before' | 'after'): Int32Array => {
  const order = sample.map((_, n) => n)
  const at = (n: number) => sample[n] as SampledEntry
  order.sort((a, b) => at(b)[when] - at(a)[when] || at(a).arrival - at(b).arrival)
  const places = new Int32Array(sample.length)
  for (const [place, n] of order.entries()) places[n] = place
  return places
}

const evenly = <Item>(items: Item[], most: number): Item[] => {
  const step = Math.max(1, items.length / most)
  return Array.from({ length: Math.min(most, items.length) }, (_, n) => {
    return items[Math.floor(n * step)] as Item
  })
}

/** Summarizes the changes of a sample, scaled to all waiting entries. */
export const previewOf = (sample: readonly SampledEntry[], waiting: number): Preview => {
  const scale = sample.length === 0 ? 1 : waiting / sample.length
  const before = placesBy(sample, 'before')
  const after = placesBy(sample, 'after')
  const position = (place: number) => 1 + Math.round(place * scale)
  const entries = sample.map(({ id, before: scoreBefore, after: scoreAfter }, n) => ({
    id,
    score: { before: scoreBefore, after: scoreAfter },
    position: { before: position(before[n] ?? 0), after: position(after[n] ?? 0) },
  }))
  const differs = ({ before, after }: Change) => before !== after
  const scored = entries.filter(({ score }) => differs(score))
  const moved = entries.filter((entry) => differs(entry.position))
  const changed = entries.filter((entry) => differs(entry.score) || differs(entry.position))
  return {
    waiting,
    looked_at: sample.length,
    score_changes: Math.round(scored.length * scale),
    position_changes: Math.round(moved.length * scale),
    score_change: spreadOf(scored.map(({ score }) => score)),
    position_change: spreadOf(moved.map((entry) => entry.position)),
    sample: evenly(changed, SAMPLE),
  }
}
