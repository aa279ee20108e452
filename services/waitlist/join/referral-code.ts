import { randomInt } from 'node:crypto'

// Without 0 O 1 I L, which people mistake for one another.
const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
const LENGTH = 8

/** A referral code of 8 characters: 31^8, about 8.5e11 of them. */
export const drawReferralCode = (): string =>
  Array.from({ length: LENGTH }, () => alphabet[randomInt(alphabet.length)]).join('')
