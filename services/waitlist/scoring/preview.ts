// What another scoring would change, before anybody is scored with it.

/** A waiting entry with its score now and by the other scoring. */
export type SampledEntry = { id: string; arrival: number; before: number; after: number }

export type Spread = { min: number; median: number; max: number }

export type Preview = {
  waiting: number
  /** Fewer than wait where there are many; then counts and positions are estimates. */
  looked_at: number
  score_changes: number
  position_changes: number
  /** Of the scores that change: after − before; null when none does. */
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

/** The place of each look in the order of those scores, from 0. */
const placesBy = (looks: readonly SampledEntry[], when: 'before' | 'after'): Int32Array => {
  const order = looks.map((_, n) => n)
  const at = (n: number) => looks[n] as SampledEntry
  order.sort((a, b) => at(b)[when] - at(a)[when] || at(a).arrival - at(b).arrival)
  const places = new Int32Array(looks.length)
  for (const [place, n] of order.entries()) places[n] = place
  return places
}

const evenly = <Item>(items: Item[], most: number): Item[] => {
  const step = Math.max(1, items.length / most)
  return Array.from({ length: Math.min(most, items.length) }, (_, n) => {
    return items[Math.floor(n * step)] as Item
  })
}

/** Sums up what changes for `looks`, which stand for all that wait. */
export const previewOf = (looks: readonly SampledEntry[], waiting: number): Preview => {
  const scale = looks.length === 0 ? 1 : waiting / looks.length
  const before = placesBy(looks, 'before')
  const after = placesBy(looks, 'after')
  const position = (place: number) => 1 + Math.round(place * scale)
  const entries = looks.map((look, n) => ({
    id: look.id,
    score: { before: look.before, after: look.after },
    position: { before: position(before[n] ?? 0), after: position(after[n] ?? 0) },
  }))
  const differs = ({ before, after }: Change) => before !== after
  const scored = entries.filter(({ score }) => differs(score))
  const moved = entries.filter((entry) => differs(entry.position))
  const changed = entries.filter((entry) => differs(entry.score) || differs(entry.position))
  return {
    waiting,
    looked_at: looks.length,
    score_changes: Math.round(scored.length * scale),
    position_changes: Math.round(moved.length * scale),
    score_change: spreadOf(scored.map(({ score }) => score)),
    position_change: spreadOf(moved.map((entry) => entry.position)),
    sample: evenly(changed, SAMPLE),
  }
}
