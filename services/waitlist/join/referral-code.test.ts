import { expect, test } from 'vitest'
import { generateReferralCode } from './referral-code.ts'

test('a referral code has eight characters, none of which looks like another', () => {
  const codes = Array.from({ length: 2000 }, generateReferralCode)
  for (const code of codes) expect(code).toMatch(/^[2-9A-HJKMNP-Z]{8}$/)
  expect(new Set(codes).size).toBe(2000)
})

test('every character stands equally often in every place of a referral code', () => {
  const codes = Array.from({ length: 31_000 }, generateReferralCode)
  for (let place = 0; place < 8; place++) {
    const counts = Map.groupBy(codes, (code) => code[place])
    expect(counts.size).toBe(31)
    // 1,000 expected; seven standard deviations.
    for (const { length } of counts.values()) expect(Math.abs(length - 1_000)).toBeLessThan(220)
  }
})
