// The bodies of a review: what a reviewer decides, and what that changes.
import { reportTogether, text } from '@vobee/shared/http/text'
import { z } from 'zod'

export const reviewActions = ['approve', 'void', 'block', 'unblock'] as const
export type ReviewAction = (typeof reviewActions)[number]

/** Most referrals that one request names. */
const MOST = 1_000

export const ReviewBody = z
  .strictObject({
    action: z
      .enum(reviewActions)
      .describe(
        'approve: the referrals count. void: they never do. block: all referrals of the referrers are ' +
          'void, and they earn nothing. unblock: their referrals are judged again.',
      ),
    referral_ids: z
      .array(z.uuid())
      .min(1)
      .max(MOST)
      .optional()
      .describe('The referrals to decide on; block and unblock apply to their referrers.'),
    referrer: text(255)
      .optional()
      .describe(
        'Instead: all held referrals of a member, by `members.id`, the id of the waitlist entry, or ' +
          'the id in your application.',
      ),
    reason: text(500).describe('Why. Stored with the decision and in the audit log.'),
    change_decision: z
      .boolean()
      .default(false)
      .describe('Decide again on referrals that a reviewer approved or voided before.'),
    dry_run: z
      .boolean()
      .default(false)
      .describe('Run the review, report what it changes, and roll it back.'),
  })
  .refine(
    ({ referral_ids, referrer }) => (referral_ids === undefined) !== (referrer === undefined),
    {
      path: ['referral_ids'],
      message: 'is required without referrer, and not allowed with it',
      ...reportTogether,
    },
  )
export type ReviewBody = z.infer<typeof ReviewBody>

const Change = z.object({ before: z.int(), after: z.int() }).meta({ id: 'ReviewChange' })

const ReviewedReferrer = z
  .object({
    member_id: z.uuid(),
    email: z.string().nullable().describe('Masked, like `u***@e***.com`; null if erased.'),
    is_blocked: z.boolean(),
    rank: z
      .object({ before: z.int().nullable(), after: z.int().nullable() })
      .describe('On the leaderboard of all time; null beyond the first 10,000.'),
    referrals: Change.describe('Referrals that are neither void nor an expired claim.'),
    counted: Change.describe('Referrals that count.'),
    points: Change.describe('What they add to the score of the referrer at the waitlist.'),
    converted: Change,
    codes: Change.extend({
      used: z.int().describe('Earned codes that were used: nobody takes them back.'),
    }).describe('Earned invite codes that are not taken back.'),
    rewards: Change.extend({
      claimed: z.int().describe('Rewards that were claimed: nobody takes them back.'),
    }).describe('Other rewards that are not taken back.'),
  })
  .meta({ id: 'ReviewedReferrer' })
export type ReviewedReferrer = z.infer<typeof ReviewedReferrer>

const ids = (description: string) => z.array(z.uuid()).describe(description)

/** The named referrals that a review does not change, by reason. */
export const Unchanged = z.object({
  unknown: ids('No referral has these ids.'),
  already_decided: ids('A reviewer decided on them, or they broke a rule. See `change_decision`.'),
  not_held: ids('There is nothing to approve: they are not held.'),
})
export type Unchanged = z.infer<typeof Unchanged>

const report = {
  action: z.enum(reviewActions),
  matched: z.int().describe('Referrals that the review applies to.'),
  changed: z.int().describe('Those of them that it has changed.'),
  pending: z
    .int()
    .describe('Those that the service still changes. A dry run stops after 1,000 referrals.'),
  referrers: z
    .array(ReviewedReferrer)
    .describe('The affected referrers with the most referrals, at most 20.'),
  more_referrers: z.int().describe('The number of affected referrers that are not listed.'),
}

export const ReviewReply = z
  .object({
    status: z.literal('success'),
    review_id: z.uuid().nullable().describe('Null on a dry run.'),
    dry_run: z.boolean(),
    ...report,
    ...Unchanged.shape,
  })
  .meta({ id: 'Review' })
export type ReviewReply = z.infer<typeof ReviewReply>
