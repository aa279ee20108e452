// The body of a release: which entries, and under which terms.
import { overrideMembers } from '@vobee/shared/gate'
import { reportTogether, text } from '@vobee/shared/http/text'
import { Email, type PersonKey } from '@vobee/shared/privacy/email'
import { z } from 'zod'
import { EntryFilter } from '../entries/filter.ts'

const NAMED = 1_000

const members = z.strictObject({
  count: z.int().min(1).max(1_000_000).optional().describe('Releases the first entries.'),
  filter: EntryFilter.optional().describe('With count: releases only matching entries.'),
  ids: z
    .array(z.uuid())
    .min(1)
    .max(NAMED)
    .optional()
    .describe('Releases these entries, wherever they stand in the line.'),
  emails: z.array(Email).min(1).max(NAMED).optional().describe('The same by email address.'),
  at: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Releases at this time, within a year: the entries are selected then.'),
  dry_run: z
    .boolean()
    .optional()
    .describe('Answers who would be released, and changes nothing. Also needs `waitlist:read`.'),
  expires_in_days: z
    .int()
    .min(1)
    .max(3_650)
    .optional()
    .describe(
      'How long the codes are valid. By default the setting CODE_EXPIRATION_DAYS of invites.',
    ),
  override_gate: overrideMembers.override_gate,
  reason: text(500).optional().describe('Stored with the wave. Required with override_gate.'),
})
type Members = z.infer<typeof members>

type Conflict = { path: keyof Members; message: string; in: (body: Members) => boolean }

const choices = ['count', 'ids', 'emails'] as const

const conflicts: Conflict[] = [
  {
    path: 'reason',
    message: 'is required with override_gate',
    in: (body) => body.override_gate === true && body.reason === undefined,
  },
  {
    path: 'count',
    message: 'give exactly one of count, ids and emails',
    in: (body) => choices.filter((name) => body[name] !== undefined).length !== 1,
  },
  {
    path: 'filter',
    message: 'must not be given without count',
    in: (body) => body.filter !== undefined && body.count === undefined,
  },
]

export const ReleaseBody = conflicts
  .reduce(
    (body, { path, message, in: isIn }) =>
      body.refine((given) => !isIn(given), { ...reportTogether, path: [path], message }),
    members,
  )
  .meta({ id: 'ReleaseRequest' })
export type ReleaseBody = z.infer<typeof ReleaseBody>

type Name = { id: string } | { email: string }

/** Returns how the body names entries, each once, by what finds them: an id or a person key. */
export const namesIn = ({ ids = [], emails = [] }: ReleaseBody, personKey: PersonKey) =>
  new Map<string, Name>([
    ...ids.map((id) => [id.toLowerCase(), { id }] as const),
    ...emails.map((email) => [personKey(email), { email }] as const),
  ])
