import { describe, expect, test } from 'vitest'
import { forecast, spread } from './forecast.ts'

const now = Date.parse('2026-03-02T09:30:00Z')
const perDay = (rate: number) => ({ release_days: 5, released: rate * 14, days: 14 })

describe('the positions of a forecast', () => {
  test.each([
    [0, 5, []],
    [1, 5, [1]],
    [3, 5, [1, 2, 3]],
    [1000, 5, [1, 251, 501, 750, 1000]],
    [10, 2, [1, 10]],
  ])(
    'of %i entries at %i points are spread from the first to the last',
    (total, count, expected) => {
      expect(spread(total, count)).toEqual(expected)
    },
  )
})

describe('a forecast', () => {
  test('says between which times a position is reached, as the estimated wait does', () => {
    expect(forecast([300], perDay(100), now)).toEqual([
      { position: 300, at: { low: '2026-03-04T09:30:00.000Z', high: '2026-03-06T09:30:00.000Z' } },
    ])
  })

  test('says nothing until releases happened on three days', () => {
    const twice = { release_days: 2, released: 100, days: 2 }
    expect(forecast([1, 9], twice, now)).toEqual([
      { position: 1, at: null },
      { position: 9, at: null },
    ])
  })

  test('ends after a century, however slow the pace', () => {
    const [point] = forecast([1_000_000_000], { release_days: 3, released: 3, days: 14 }, now)
    expect(point?.at?.high).toMatch(/^2126-/)
  })
})
