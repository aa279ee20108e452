// The filter of a list or a release.
import { text } from '@vobee/shared/http/text'
import { Email, type PersonKey } from '@vobee/shared/privacy/email'
import { z } from 'zod'
import { personas } from '../scoring/personas.ts'

const SCORE_MAX = 2_147_483_647
const time = z.iso.datetime({ offset: true })

/** The old name of a filter, which still works. */
const renamed = (name: string) =>
  time.optional().meta({ deprecated: true, description: `Use \`${name}\`, which wins over this.` })

const members = <Score extends z.ZodType<number>, Flag extends z.ZodType<boolean>>(
  score: Score,
  flag: Flag,
) => ({
  persona: z.enum(personas).optional(),
  min_score: score.optional(),
  max_score: score.optional(),
  source: text(200).optional().describe('The utm_source of the join.'),
  joined_since: time.optional().describe('At this time or later.'),
  joined_until: time.optional().describe('Before this time.'),
  joined_after: renamed('joined_since'),
  joined_before: renamed('joined_until'),
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

type OldNames = 'joined_after' | 'joined_before'

/** A filter for statements: `q` is a whole email address (`person`) or a part of a text (`part`). */
export type Search = Omit<EntryFilter, 'q' | OldNames> & { person?: string; part?: string }

export const searchOf = (filter: EntryFilter, personKey: PersonKey): Search => {
  const { q, joined_after, joined_before, ...others } = filter
  const search = { joined_since: joined_after, joined_until: joined_before, ...others }
  if (q === undefined) return search
  const address = Email.safeParse(q)
  return address.success ? { ...search, person: personKey(address.data) } : { ...search, part: q }
}
