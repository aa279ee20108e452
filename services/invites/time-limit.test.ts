import { expect, test } from 'vitest'
import { timeLimit } from './time-limit.ts'

test('a small batch finds out about a hung database as soon as any other act', () => {
  expect(timeLimit(1)).toBe(1_800)
  expect(timeLimit(50)).toBeLessThan(2_000)
})

test('a million codes are allowed their time, but not longer than their connection lives', () => {
  expect(timeLimit(1_000_000)).toBeGreaterThan(20_000)
  expect(timeLimit(1_000_000)).toBeLessThan(30_000)
})
