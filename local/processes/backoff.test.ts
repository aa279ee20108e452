import { expect, test } from 'vitest'
import { createBackoff } from './backoff.ts'

test('the delay doubles from 100 ms to 2 s while a process keeps ending', () => {
  const { next } = createBackoff()
  const waits = Array.from({ length: 8 }, () => next(0))
  expect(waits).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000])
})

test('a process that ran for 5 s starts again at 100 ms', () => {
  const { next } = createBackoff()
  next(0)
  next(4_999)
  expect(next(5_000)).toBe(100)
  expect(next(0)).toBe(200)
})
