import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ReleaseRate } from './release-rate.ts'
import { estimateWait } from './wait-estimate.ts'

const none: ReleaseRate = { release_days: 0, released: 0, days: 0 }
const perDay = (rate: number): ReleaseRate => ({ release_days: 5, released: rate * 14, days: 14 })

describe('before releases happened on three days', () => {
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
  ])('position %i waits %s by the table', (position, says) => {
    const wait = { estimated_wait: says, estimated_wait_days: null }
    expect(estimateWait(position, none)).toEqual(wait)
    expect(estimateWait(position, { release_days: 2, released: 5_000, days: 2 })).toEqual(wait)
  })
})

describe('once releases happened on three days', () => {
  test.each([
    [1, '1 day', 1, 1],
    [50, '1 day', 1, 1],
    [100, '1-2 days', 1, 2],
    [300, '2-4 days', 2, 4],
    [500, '1 week', 4, 7],
    [1_000, '1-2 weeks', 8, 14],
    [2_000, '2-4 weeks', 16, 27],
    [4_000, '5-8 weeks', 32, 54],
    [6_000, '2-3 months', 48, 80],
    [20_000, '5-9 months', 160, 267],
    [100_000, 'more than a year', 800, 1334],
  ])('position %i waits %s at 100 a day', (position, says, low, high) => {
    expect(estimateWait(position, perDay(100))).toEqual({
      estimated_wait: says,
      estimated_wait_days: { low, high },
    })
  })

  test('the rate is over the days since the first release if they are fewer than 14', () => {
    const young = { release_days: 3, released: 300, days: 3 }
    expect(estimateWait(300, young)).toEqual(estimateWait(300, perDay(100)))
  })

  test('a later position never waits less, and a higher rate never waits longer', () => {
    const position = fc.integer({ min: 1, max: 20_000_000 })
    const rate = fc.double({ min: 0.01, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(position, position, rate, rate, (a, b, r, q) => {
        const days = (at: number, by: number) =>
          estimateWait(at, perDay(by)).estimated_wait_days as { low: number; high: number }
        const near = days(Math.min(a, b), Math.max(r, q))
        const far = days(Math.max(a, b), Math.min(r, q))
        expect(near.low).toBeLessThanOrEqual(far.low)
        expect(near.high).toBeLessThanOrEqual(far.high)
        expect(near.low).toBeLessThanOrEqual(near.high)
      }),
    )
  })
})
