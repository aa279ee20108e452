// The filter of lists, releases and actions on many entries.
import { text } from '@vobee/shared/http/text'
import { renamed, since, until } from '@vobee/shared/http/time-filter'
import { Email, type PersonKey } from '@vobee/shared/privacy/email'
import { z } from 'zod'
import { statuses } from '../line/statuses.ts'
import { personas } from '../scoring/personas.ts'

const SCORE_MAX = 2_147_483_647
const metadata = z
  .record(text(64), z.union([text(500, 0), z.number(), z.boolean()]))
  .refine((values) => Object.keys(values).length <= 20, 'must have at most 20 members')

const members = <Score extends z.ZodType<number>, Flag extends z.ZodType<boolean>>(
  score: Score,
  flag: Flag,
) => ({
  persona: z.enum(personas).optional(),
  min_score: score.optional(),
  max_score: score.optional(),
  source: text(200).optional().describe('The utm_source of the join.'),
  referred: flag.optional().describe('Whether the entry joined with a referral code.'),
  referred_by: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[\w-]{1,50}$/, 'must be a referral code')
    .optional()
    .describe('The referral code with which the entry joined, in upper or lower case.'),
  wave_id: z.uuid().optional().describe('The wave that released the entry.'),
  confirmed: flag.optional().describe('Whether the address is confirmed.'),
  disposable: flag
    .optional()
    .describe('Whether the entry has no points because its address is disposable.'),
  metadata: metadata
    .optional()
    .describe('Values of metadata by name, compared as text. In a query also `metadata.<name>=`.'),
  joined_since: since,
  joined_until: until,
  joined_after: renamed('joined_since'),
  joined_before: renamed('joined_until'),
  q: text(254)
    .optional()
    .describe('A part of the email, name or use case; or a whole email address.'),
})

const inRange = (score: z.ZodNumber | z.ZodCoercedNumber) =>
  score.int().min(-SCORE_MAX).max(SCORE_MAX)

/** The filter of a release, as members of a body. */
export const EntryFilter = z
  .strictObject(members(inRange(z.number()), z.boolean()))
  .meta({ id: 'EntryFilter' })
export type EntryFilter = z.infer<typeof EntryFilter>

const status = z.enum(statuses).optional()

/** The filter of all entries, as members of a body. */
export const StatusFilter = EntryFilter.extend({ status }).meta({ id: 'EntryStatusFilter' })
export type StatusFilter = z.infer<typeof StatusFilter>

/** The same as members of a query string. */
export const filterQuery = {
  status,
  ...members(
    inRange(z.coerce.number()),
    z.enum(['true', 'false']).transform((word) => word === 'true'),
  ),
}

type OldNames = 'joined_after' | 'joined_before'

/** A filter for statements: `q` is a whole email address (`person`) or a part of a text (`part`). */
export type Search = Omit<StatusFilter, 'q' | OldNames> & { person?: string; part?: string }

export const searchOf = (filter: StatusFilter, personKey: PersonKey): Search => {
  const { q, joined_after, joined_before, ...others } = filter
  const search = { joined_since: joined_after, joined_until: joined_before, ...others }
  if (q === undefined) return search
  const address = Email.safeParse(q)
  return address.success ? { ...search, person: personKey(address.data) } : { ...search, part: q }
}
