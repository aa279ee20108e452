// What referrals stores of a member, as the export shows it.
import { z } from 'zod'

const time = z.iso.datetime()

const referrals = z.array(
  z.object({
    status: z.string(),
    state: z.string(),
    source: z.string(),
    reason: z.string().nullable(),
    created_at: time,
    counted_at: time.nullable(),
    converted_at: time.nullable(),
    paid_at: time.nullable(),
    expires_at: time.nullable(),
  }),
)

export const OwnData = z.object({
  member: z
    .object({
      host_user_id: z.string().nullable().describe('The id of the user at the host application.'),
      masked_email: z.string().nullable(),
      joined_at: time.nullable(),
      left_at: time.nullable(),
      confirmed: z.boolean(),
      confirmed_at: time.nullable(),
      brought_code: z.string().nullable(),
      redeemed_at: time.nullable(),
      known_at: time,
    })
    .nullable(),
  codes: z.array(
    z.object({ code: z.string(), is_active: z.boolean(), created_at: time, expires_at: time }),
  ),
  join_signals: z
    .object({
      network: z.boolean(),
      device: z.boolean(),
      lookalike: z.boolean(),
      disposable: z.boolean(),
      automated: z.boolean().nullable(),
      received_at: time,
    })
    .nullable()
    .describe('What is known of the join for fraud scores, for 30 days: which hashes are stored.'),
  referrals: referrals.describe('Referrals by the member; the referred people are not named.'),
  referred: referrals.describe('Referrals of the member; the referrers are not named.'),
  payments: z
    .array(z.object({ paid_at: time, recorded_at: time }))
    .describe('The payment that was reported in the last 30 days.'),
  rewards: z.array(
    z.object({
      id: z.uuid(),
      type: z.string(),
      reward: z.record(z.string(), z.unknown()),
      is_claimed: z.boolean(),
      created_at: time,
      claimed_at: time.nullable(),
      expires_at: time.nullable(),
      expired_at: time.nullable(),
      amount: z.int(),
      voided: z.int().describe('How much of `amount` was taken back.'),
      codes_used: z.int(),
    }),
  ),
})
export type OwnData = z.infer<typeof OwnData>
