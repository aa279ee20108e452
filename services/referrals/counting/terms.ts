import { maxGateAge } from '@vobee/shared/gate'
import type { ReferralsSettings } from '../config.ts'
import { rewardTerms } from '../rewards/terms.ts'
import type { ReferralTerms } from './refresh.ts'

/** Returns the terms of referrals from the settings. */
export const referralTerms = (settings: ReferralsSettings): ReferralTerms => ({
  isEnabled: settings.ENABLE_REFERRAL_SYSTEM,
  holdFrom: settings.FRAUD_HOLD,
  weights: settings.FRAUD_WEIGHTS,
  rewards: rewardTerms(settings, maxGateAge(settings.GATE_SILENCE_MINUTES)),
})
