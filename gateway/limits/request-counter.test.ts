import { expect, test } from 'vitest'
import { requestCounter } from './request-counter.ts'

test('a window begins with the first request of a caller and ends after its length', () => {
  let time = 1_000
  const count = requestCounter(60_000, 10, () => time)
  expect(count('a')).toEqual({ requests: 1, ttl: 60_000 })
  time += 59_999
  expect(count('a')).toEqual({ requests: 2, ttl: 1 })
  expect(count('b')).toEqual({ requests: 1, ttl: 60_000 })
  time += 1
  expect(count('a')).toEqual({ requests: 1, ttl: 60_000 })
  expect(count('b')).toEqual({ requests: 2, ttl: 59_999 })
})

test('of too many callers the least recent one is dropped', () => {
  let time = 1_000
  const count = requestCounter(60_000, 2, () => time)
  for (const caller of ['a', 'b', 'a']) count(caller)
  time += 60_000
  for (const caller of ['b', 'a', 'a', 'c']) count(caller)
  expect(count('a').requests).toBe(3)
  expect(count('b').requests).toBe(1)
})
