// What the waitlist stores of one person, as it is exported to them.
import { z } from 'zod'
import { statuses } from '../line/statuses.ts'
import { personas } from '../scoring/personas.ts'

const time = z.iso.datetime()
const words = z.record(z.string(), z.unknown())

const Entry = z.object({
  id: z.uuid(),
  arrival: z.int(),
  email: z.string(),
  name: z.string().nullable(),
  use_case: z.string(),
  persona: z.enum(personas),
  locale: z.string().nullable(),
  utm: words,
  metadata: words,
  disposable: z.boolean(),
  status: z.enum(statuses),
  score: z.int(),
  answers_score: z.int(),
  credits: z.int(),
  adjusted: z.int(),
  scored_with: z.int(),
  referral_code: z.string(),
  referred_by: z.string().nullable(),
  joined_at: time,
  confirmed_at: time.nullable(),
  mail_stopped_at: time.nullable(),
  invited_at: time.nullable(),
  invite_mailed_at: time.nullable(),
  wave_id: z.uuid().nullable(),
  redeemed_at: time.nullable(),
  removed_at: time.nullable(),
  removed_from: z.enum(statuses).nullable(),
})

export const MemberData = z.object({
  entry: Entry.nullable(),
  redeemed_at: time.nullable().describe('When a person without an entry redeemed a code.'),
  credits: z
    .array(
      z.object({
        referral_id: z.uuid(),
        heard_at: time,
        applied_at: time.nullable(),
        counts: z.boolean(),
      }),
    )
    .describe('The referrals that count or counted once, without the names of the people.'),
  former_codes: z.array(z.object({ code: z.string(), ended_at: time })),
  links: z.array(
    z.object({ purpose: z.string(), made_at: time, expires_at: time, used_at: time.nullable() }),
  ),
  mails: z.array(
    z.object({ kind: z.string(), state: z.string(), queued_at: time, ended_at: time.nullable() }),
  ),
  mail_counts: z
    .array(z.object({ kind: z.string(), mails: z.int(), since: time }))
    .describe('Counts of the mails that are limited.'),
  issued: z
    .array(z.object({ email: z.string(), codes: z.array(z.string()), created_at: time }))
    .describe('Codes that an admin issued to the address and that are not mailed yet.'),
  acts: z
    .array(z.object({ at: time, act: z.string(), reason: z.string().nullable(), details: words }))
    .describe('The actions of admins on the entry.'),
})
export type MemberData = z.infer<typeof MemberData>
