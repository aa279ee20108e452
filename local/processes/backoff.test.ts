import { expect, test } from 'vitest'
import { createBackoff } from './backoff.ts'

test('the wait doubles from 200 ms to 10 s while a process keeps falling', () => {
  const { fell } = createBackoff()
  const waits = Array.from({ length: 8 }, () => fell(0))
  expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
})

test('a process that was up for 30 s begins again at 200 ms', () => {
  const { fell } = createBackoff()
  fell(0)
  fell(29_999)
  expect(fell(30_000)).toBe(200)
  expect(fell(0)).toBe(400)
})
