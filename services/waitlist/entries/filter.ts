// The filter of a list or a release.
import { text } from '@vobee/shared/http/text'
import { Email, type PersonKey } from '@vobee/shared/privacy/email'
import { z } from 'zod'
import { personas } from '../scoring/personas.ts'

const SCORE_MAX = 2_147_483_647
const time = z.iso.datetime({ offset: true })

const members = <Score extends z.ZodType<number>, Flag extends z.ZodType<boolean>>(
  score: Score,
  flag: Flag,
) => ({
  persona: z.enum(personas).optional(),
  min_score: score.optional(),
  max_score: score.optional(),
  source: text(200).optional().describe('The utm_source of the join.'),
  joined_after: time.optional().describe('At this time or later.'),
  joined_before: time.optional().describe('Before this time.'),
  q: text(254)
    .optional()
    .describe('A part of the email, name or use case; or a whole email address.'),
  referred: flag.optional().describe('Whether the entry joined with a referral code.'),
})

const inRange = (score: z.ZodNumber | z.ZodCoercedNumber) =>
  score.int().min(-SCORE_MAX).max(SCORE_MAX)

/** The filter as members of a body. */
export const EntryFilter = z.strictObject(members(inRange(z.number()), z.boolean()))
export type EntryFilter = z.infer<typeof EntryFilter>

/** The same as members of a query string. */
export const filterQuery = members(
  inRange(z.coerce.number()),
  z.enum(['true', 'false']).transform((word) => word === 'true'),
)

/** A filter for statements: `q` is a whole email address (`person`) or a part of a text (`part`). */
export type Search = Omit<EntryFilter, 'q'> & { person?: string; part?: string }

export const searchOf = ({ q, ...filter }: EntryFilter, personKey: PersonKey): Search => {
  if (q === undefined) return filter
  const address = Email.safeParse(q)
  return address.success ? { ...filter, person: personKey(address.data) } : { ...filter, part: q }
}
