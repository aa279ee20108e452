// The rewards of referrals: which there are, and what they need.
import { z } from 'zod'

const reason = z.string().trim().min(1).max(200)
const referrals = z.int().min(1).max(1_000_000)
const amount = z.int().min(1).max(10_000)

/** `codes` is how many the reward gives in all from so many counted referrals on. */
const Step = z.strictObject({ referrals, codes: amount, reason: reason.optional() })

const isAscending = (steps: readonly z.infer<typeof Step>[]) =>
  steps.every((step, i) => {
    const before = steps[i - 1]
    return !before || (step.referrals > before.referrals && step.codes > before.codes)
  })

const InviteCodes = z.strictObject({
  type: z.literal('invite_codes'),
  reason,
  steps: z.array(Step).min(1).refine(isAscending, 'must ascend in referrals and in codes'),
})

const Premium = z.strictObject({
  type: z.literal('premium'),
  reason,
  referrals,
  duration: z.string().trim().min(1).max(50),
})

/** Invite codes, once, for counted referrals with a quality score above `quality`. */
const QualityBonus = z.strictObject({
  type: z.literal('quality_bonus'),
  reason,
  referrals,
  quality: z.number().min(0).max(1),
  amount,
})

const Tier = z.discriminatedUnion('type', [InviteCodes, Premium, QualityBonus])
export type Tier = z.infer<typeof Tier>

/** What a number of referrals earns: `amount` in all of the grants with this key. */
export type Threshold = {
  grant_key: string
  reward_type: string
  amount: number
  value: Record<string, unknown>
  counted: number
  converted: number
  quality: number | null
}

const codeThresholds = ({ reason, steps }: z.infer<typeof InviteCodes>): Threshold[] =>
  steps.map((step, i) => ({
    grant_key: `invite_codes:${step.referrals}`,
    reward_type: 'invite_codes',
    amount: step.codes - (steps[i - 1]?.codes ?? 0),
    value: { reason: step.reason ?? reason },
    counted: step.referrals,
    converted: 0,
    quality: null,
  }))

const thresholdsOfTier = (tier: Tier): Threshold[] => {
  if (tier.type === 'invite_codes') return codeThresholds(tier)
  const { type, reason, referrals: counted } = tier
  const common = { reward_type: type, counted, converted: 0 }
  return tier.type === 'premium'
    ? [
        {
          ...common,
          grant_key: `premium:${counted}`,
          amount: 1,
          value: { duration: tier.duration, reason },
          quality: null,
        },
      ]
    : [
        {
          ...common,
          grant_key: 'quality_bonus',
          amount: tier.amount,
          value: { reason },
          quality: tier.quality,
        },
      ]
}

/** Returns the thresholds of the tiers; their keys are the same in every version. */
export const thresholdsOf = (tiers: readonly Tier[]): Threshold[] => tiers.flatMap(thresholdsOfTier)

/** Returns the threshold of the badge, in conversions. */
export const badgeThreshold = (converted: number): Threshold => ({
  grant_key: 'badge:referral_master',
  reward_type: 'badge',
  amount: 1,
  value: { badge: 'referral_master' },
  counted: 0,
  converted,
  quality: null,
})

const hasUniqueKeys = (tiers: readonly Tier[]) => {
  const keys = thresholdsOf(tiers).map((threshold) => threshold.grant_key)
  return new Set(keys).size === keys.length
}

export const RewardTiers = z
  .array(Tier)
  .refine(hasUniqueKeys, 'must not reward the same number of referrals twice with the same type')

export const defaultTiers: Tier[] = [
  {
    type: 'invite_codes',
    reason: 'First 3 referrals',
    steps: [
      { referrals: 1, codes: 1, reason: 'First referral' },
      { referrals: 3, codes: 3 },
    ],
  },
  {
    type: 'invite_codes',
    reason: '10 referrals milestone',
    steps: [{ referrals: 10, codes: 5 }],
  },
  { type: 'premium', reason: '25 referrals milestone', referrals: 25, duration: '1 month' },
  {
    type: 'quality_bonus',
    reason: 'High quality referrals',
    referrals: 5,
    quality: 0.8,
    amount: 2,
  },
]
