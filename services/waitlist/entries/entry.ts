// An entry as operators see it.
import { raw, type Sql, sql } from '@vobee/shared/data/sql'
import { z } from 'zod'
import { ScoreParts } from '../line/position-reply.ts'
import { positionOf, scoreParts } from '../line/positions.ts'
import { statuses } from '../line/statuses.ts'
import { personas } from '../scoring/personas.ts'

const time = z.iso.datetime()

export const Entry = z
  .object({
    id: z.uuid(),
    email: z.string(),
    name: z.string().nullable(),
    use_case: z.string(),
    persona: z.enum(personas),
    locale: z.string().nullable(),
    status: z.enum(statuses),
    position: z.int().nullable().describe('Null unless waiting.'),
    score: z.int(),
    score_parts: ScoreParts,
    referrals: z.int().describe('Referrals that counted.'),
    referral_code: z.string(),
    referred_by: z.string().nullable(),
    joined_at: time,
    invited_at: time.nullable(),
    redeemed_at: time.nullable(),
    wave_id: z.uuid().nullable(),
    confirmed_at: time.nullable(),
    disposable: z.boolean().describe('Has no points because its address is disposable.'),
    utm: z.record(z.string(), z.string()),
    metadata: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Entry' })
export type Entry = z.infer<typeof Entry>

/** SQL: the columns of `Entry` of the row `entry`. */
export const entryColumns = (entry: string): Sql => {
  const row = raw(entry)
  return sql`
    ${row}.id, ${row}.email, ${row}.name, ${row}.use_case, ${row}.persona, ${row}.locale,
    ${row}.status, ${row}.score, ${row}.credits as referrals, ${positionOf(entry)} as position,
    ${scoreParts(entry)} as score_parts, ${row}.referral_code, ${row}.referred_by,
    ${row}.joined_at, ${row}.invited_at, ${row}.redeemed_at, ${row}.wave_id,
    ${row}.confirmed_at, ${row}.disposable, ${row}.utm, ${row}.metadata`
}
