import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { qualityScore } from './quality-score.ts'

const aged = (...days: number[]) => days.map((day) => ({ days: day, referrals: 1 }))

describe('the quality score', () => {
  test('nobody referred has none', () => {
    expect(qualityScore([])).toBe(0)
  })

  test('referrals of today are worth 1', () => {
    expect(qualityScore(aged(0, 0, 0))).toBe(1)
  })

  test('half the window old is worth a half', () => {
    expect(qualityScore(aged(15))).toBe(0.5)
  })

  test('it is the mean, with two decimals: five of these make the documented 0.82', () => {
    expect(qualityScore(aged(3, 4, 5, 7, 8))).toBe(0.82)
  })

  test('a half of the last decimal rounds up', () => {
    // 9 of 120 days have gone by: 0.925.
    expect(qualityScore([{ days: 3, referrals: 3 }, ...aged(0)])).toBe(0.93)
  })

  test('older than 29 whole days no longer matters', () => {
    expect(qualityScore(aged(30, 45))).toBe(0)
    expect(qualityScore(aged(0, 30))).toBe(1)
    expect(qualityScore(aged(29))).toBe(0.03)
  })

  test('it lies between 0 and 1 and only the numbers of each age matter', () => {
    const ages = fc.array(fc.nat({ max: 60 }), { maxLength: 40 })
    fc.assert(
      fc.property(ages, (days) => {
        const score = qualityScore(aged(...days))
        const grouped = [...new Set(days)].map((day) => ({
          days: day,
          referrals: days.filter((other) => other === day).length,
        }))
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(1)
        expect(qualityScore(grouped)).toBe(score)
      }),
    )
  })
})
