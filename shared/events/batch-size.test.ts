import { expect, test } from 'vitest'
import { nextBatchSize } from './batch-size.ts'

const after = (handled: number, ms: number, size: number) =>
  nextBatchSize({ handled, ms }, { size, most: 50 })

test('a batch that took long is followed by one of half its events, at least one', () => {
  expect([after(50, 400, 50), after(25, 251, 25), after(7, 900, 50), after(1, 900, 1)]).toEqual([
    25, 12, 3, 1,
  ])
})

test('a full batch that was quick is followed by one of twice its events, up to the limit', () => {
  expect([after(1, 5, 1), after(12, 250, 12), after(25, 9, 25), after(50, 9, 50)]).toEqual([
    2, 24, 50, 50,
  ])
})

test('a batch that was not full changes nothing', () => {
  expect([after(0, 1, 25), after(3, 9, 25)]).toEqual([25, 25])
})
