// The referral codes that the waitlist and referrals generate.
import { randomInt } from 'node:crypto'
import { z } from 'zod'

/** The setting `REFERRAL_CODE_LENGTH`. */
export const referralCodeLength = z.coerce.number().int().min(6).max(16).default(8)

// Without 0 O 1 I L, which people confuse.
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
/** The most characters that one random number is enough for: 31^9 is less than 2^48. */
const AT_ONCE = 9

/** Returns a random referral code: of 8 characters, one of 31^8, about 8.5e11. */
export const generateReferralCode = (length: number): string => {
  if (length > AT_ONCE)
    return generateReferralCode(AT_ONCE) + generateReferralCode(length - AT_ONCE)
  let code = ''
  // One random number for all characters: eight took five times as long.
  for (let rest = randomInt(alphabet.length ** length); code.length < length; ) {
    code += alphabet[rest % alphabet.length]
    rest = Math.floor(rest / alphabet.length)
  }
  return code
}
