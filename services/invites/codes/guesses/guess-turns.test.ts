import { expect, test } from 'vitest'
import type { Origin } from './guess-counter.ts'
import { guessTurns } from './guess-turns.ts'

const origin: Origin = [{ key: 'a', allowed: 3 }]

test('as many look-ups run at once as wrong codes are left, and the next waits for one to end', async () => {
  let left = 2
  const { wait, begin } = guessTurns({ left: () => [{ key: 'a', left }] })
  const first = begin(origin)
  expect(wait(origin)).toBeNull()
  const second = begin(origin)
  const waiting = [wait(origin), wait(origin)]
  expect(waiting).not.toContain(null)
  left = 1
  first()
  await Promise.all(waiting)
  expect(wait(origin)).not.toBeNull()
  second()
  expect(wait(origin)).toBeNull()
})
