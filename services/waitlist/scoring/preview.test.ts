import { describe, expect, test } from 'vitest'
import { previewOf, type SampledEntry } from './preview.ts'

const look = (arrival: number, before: number, after: number): SampledEntry => ({
  id: `entry ${arrival}`,
  arrival,
  before,
  after,
})

describe('a preview', () => {
  test('shows the entries that move, even if their own score stays', () => {
    const seen = previewOf([look(1, 20, 20), look(2, 10, 30), look(3, 5, 5)], 3)
    expect(seen).toEqual({
      waiting: 3,
      looked_at: 3,
      score_changes: 1,
      position_changes: 2,
      score_change: { min: 20, median: 20, max: 20 },
      position_change: { min: -1, median: 1, max: 1 },
      sample: [
        { id: 'entry 1', score: { before: 20, after: 20 }, position: { before: 1, after: 2 } },
        { id: 'entry 2', score: { before: 10, after: 30 }, position: { before: 2, after: 1 } },
      ],
    })
  })

  test('of a change without effect is empty', () => {
    const seen = previewOf([look(1, 5, 5), look(2, 5, 5)], 2)
    expect(seen).toMatchObject({ score_changes: 0, score_change: null, position_change: null })
    expect(seen.sample).toEqual([])
    expect(previewOf([], 0)).toMatchObject({ waiting: 0, looked_at: 0, sample: [] })
  })

  test('of a sample is scaled to all entries', () => {
    const looks = Array.from({ length: 100 }, (_, n) => look(n, 5, n < 50 ? 5 : 10))
    const seen = previewOf(looks, 10_000)
    expect(seen).toMatchObject({ score_changes: 5_000, position_changes: 10_000, looked_at: 100 })
    expect(seen.sample).toHaveLength(20)
    const last = seen.sample.at(-1)
    expect(last?.position.before).toBeGreaterThan(9_000)
  })
})
