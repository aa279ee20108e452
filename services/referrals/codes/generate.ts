// Generating referral codes. The waitlist generates codes too and knows nothing of these: where both
// have the same, the code of the waitlist stays.
import { type Queryable, type Transactable, transaction } from '@vobee/shared/data/database'
import type { Payload } from '@vobee/shared/events/catalogue'
import { generateReferralCode } from '@vobee/shared/referral-code'
import { lockAttribution } from '../members/attribution-lock.ts'
import {
  type Code,
  findCollisions,
  findValidCode,
  insertCode,
  replaceCode,
} from './generated-codes.ts'

type Entry = Payload<'waitlist.joined'>['entries'][number]

export type CodeTerms = { length: number; days: number }

type Settings = { REFERRAL_CODE_LENGTH: number; REFERRAL_CODE_EXPIRATION_DAYS: number }

export const codeTerms = (settings: Settings): CodeTerms => ({
  length: settings.REFERRAL_CODE_LENGTH,
  days: settings.REFERRAL_CODE_EXPIRATION_DAYS,
})

/** The code that a member has got now, or has already. */
export type Generated = Code & { is_new: boolean }

// One of 31^6 codes is in use among a million with a chance of 1 in 900: ten in a row never are.
const ATTEMPTS = 10

/** Runs `use` with generated codes until it returns a result. @throws after ten attempts. */
const tryCodes = async <T>(length: number, use: (code: string) => Promise<T>): Promise<T> => {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const result = await use(generateReferralCode(length))
    if (result) return result
  }
  throw new Error(`no referral code of ${length} characters is free: raise REFERRAL_CODE_LENGTH`)
}

/** Generates a code for a member who has no valid one. */
export const generateCode = (
  db: Transactable,
  member: string,
  { length, days }: CodeTerms,
): Promise<Generated> =>
  transaction(db, async (connection) => {
    let valid = await findValidCode(connection, member)
    if (!valid) {
      await lockAttribution(connection)
      valid = await findValidCode(connection, member)
    }
    if (valid) return { ...valid, is_new: false }
    const insert = (code: string) => insertCode(connection, member, { code, days })
    const inserted = (await tryCodes(length, insert)) as Code
    return { ...inserted, is_new: true }
  })

/**
 * Gives a new code to members whose generated code the waitlist gave to an entry of somebody else.
 * The caller holds `lockAttribution`, and records the joins afterwards.
 */
export const replaceCollisions = async (
  db: Queryable,
  entries: readonly Entry[],
  length: number,
): Promise<void> => {
  for (const id of await findCollisions(db, entries))
    await tryCodes(length, (code) => replaceCode(db, id, code))
}
