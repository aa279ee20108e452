import { expect, test } from 'vitest'
import { estimatedWait } from './wait.ts'

test.each([
  [1, '1-2 days'],
  [50, '1-2 days'],
  [51, '1 week'],
  [200, '1 week'],
  [201, '2-3 weeks'],
  [247, '2-3 weeks'],
  [500, '2-3 weeks'],
  [501, '1 month'],
  [1000, '1 month'],
  [1001, '4-6 weeks'],
  [10_000_000, '4-6 weeks'],
])('at position %i the wait is said as %s', (position, says) => {
  expect(estimatedWait(position)).toBe(says)
})
