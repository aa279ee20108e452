import { expect, test } from 'vitest'
import { createBackoff } from './backoff.ts'

test('the delay doubles from 200 ms to 10 s while a process keeps ending', () => {
  const { next } = createBackoff()
  const waits = Array.from({ length: 8 }, () => next(0))
  expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
})

test('a process that ran for 30 s starts again at 200 ms', () => {
  const { next } = createBackoff()
  next(0)
  next(29_999)
  expect(next(30_000)).toBe(200)
  expect(next(0)).toBe(400)
})
