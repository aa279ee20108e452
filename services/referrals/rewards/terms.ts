import type { RewardTerms } from './reconcile.ts'
import { badgeThreshold, type Tier, thresholdsOf } from './reward-tiers.ts'

type Settings = {
  ENABLE_REFERRAL_SYSTEM: boolean
  REWARD_TIERS: readonly Tier[]
  REWARD_CLAIM_DAYS: number | null
  REFERRAL_REWARD_DAYS: number
  REFERRAL_REWARD_ON: 'payment' | 'conversion'
  REFERRAL_MASTER_THRESHOLD: number
}

/** Returns the terms of rewards from the settings. */
export const rewardTerms = (
  settings: Settings,
  maxGateAge: RewardTerms['maxGateAge'],
): RewardTerms => ({
  maxGateAge,
  isEnabled: settings.ENABLE_REFERRAL_SYSTEM,
  rules: {
    thresholds: [
      ...thresholdsOf(settings.REWARD_TIERS),
      badgeThreshold(settings.REFERRAL_MASTER_THRESHOLD),
    ],
    rewardDays: settings.REFERRAL_REWARD_DAYS,
    onRedemption: settings.REFERRAL_REWARD_ON === 'conversion',
  },
  claimDays: settings.REWARD_CLAIM_DAYS,
})
