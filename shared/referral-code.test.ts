import { describe, expect, test } from 'vitest'
import { generateReferralCode } from './referral-code.ts'

describe.each([6, 8, 16])('a referral code of %i characters', (length) => {
  const generate = (count: number) =>
    Array.from({ length: count }, () => generateReferralCode(length))

  test('has this length, and no character that looks like another', () => {
    const codes = generate(500)
    for (const code of codes) expect(code).toMatch(/^[2-9A-HJKMNP-Z]+$/)
    expect(new Set(codes.map((code) => code.length))).toEqual(new Set([length]))
    expect(new Set(codes).size).toBe(500)
  })

  test('has every character equally often in every place', () => {
    const codes = generate(31_000)
    for (let place = 0; place < length; place++) {
      const counts = Map.groupBy(codes, (code) => code[place])
      expect(counts.size).toBe(31)
      // 1,000 expected; seven standard deviations.
      for (const { length } of counts.values()) expect(Math.abs(length - 1_000)).toBeLessThan(220)
    }
  })
})
