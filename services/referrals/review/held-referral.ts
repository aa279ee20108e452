// A referral as a reviewer sees it. Flat, so that a file has the same columns.
import { z } from 'zod'

export const reviewStates = ['held', 'approved', 'void'] as const
export type ReviewState = (typeof reviewStates)[number]

const time = z.iso.datetime()
const email = z.string().nullable().describe('Masked, like `u***@e***.com`; null if unknown.')
const group = (shared: string) =>
  z.string().nullable().describe(`The same for joins with the same ${shared}; null after 30 days.`)

export const HeldReferral = z
  .object({
    referral_id: z.uuid(),
    state: z.enum(['joined', 'counted', 'held', 'void']),
    reason: z.string().nullable().describe('Why it is void.'),
    score: z.int().min(0).max(100),
    reasons: z
      .array(
        z.object({
          signal: z.string(),
          value: z.number().describe('0 to 1.'),
          points: z.number().describe('Its part of the score.'),
          data: z.record(z.string(), z.number()),
        }),
      )
      .describe('The signals of the score, the strongest first.'),
    network_group: group('network'),
    device_group: group('device'),
    lookalike_group: group('look-alike address'),
    source: z.string(),
    status: z.string(),
    created_at: time,
    confirmed_at: time.nullable(),
    redeemed_at: time.nullable(),
    converted_at: time.nullable(),
    referred_id: z.uuid(),
    referred_email: email,
    referrer_id: z.uuid(),
    referrer_email: email,
    referrer_blocked_at: time.nullable(),
    referrer_referrals: z.int().describe('Referrals that are neither void nor an expired claim.'),
    referrer_counted: z.int(),
    referrer_converted: z.int(),
    referrer_held: z.int(),
    decision: z
      .enum(['approved', 'voided', 'blocked'])
      .nullable()
      .describe('blocked: a reviewer blocked the referrer.'),
    decided_at: time.nullable(),
    decided_by: z.string().nullable().describe('The name of the key.'),
    decision_reason: z.string().nullable(),
  })
  .meta({ id: 'HeldReferral' })
export type HeldReferral = z.infer<typeof HeldReferral>
