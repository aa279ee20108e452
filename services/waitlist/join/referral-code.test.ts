import { expect, test } from 'vitest'
import { generateReferralCode } from './referral-code.ts'

test('a referral code has eight characters, none of which looks like another', () => {
  const codes = Array.from({ length: 2000 }, generateReferralCode)
  for (const code of codes) expect(code).toMatch(/^[2-9A-HJKMNP-Z]{8}$/)
  expect(new Set(codes).size).toBe(2000)
})
