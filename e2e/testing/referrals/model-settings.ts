// The settings of referrals that the model knows.
import { hostSettings } from '@vobee/testing/members'

/** Few referrals reach each reward, and only a shared device makes a referral suspect. */
export const modelSettings = {
  ...hostSettings,
  FRAUD_WEIGHTS: JSON.stringify({
    ...{ bias: -4, referrer_network: 0, same_network: 0, lookalike: 0, disposable: 0, burst: 0 },
    ...{ automated: 0, crowded_network: 0, fast_confirmation: 0, fast_conversion: 0 },
    ...{ referrer_device: 10, same_device: 20 },
  }),
  REWARD_TIERS: JSON.stringify([
    {
      type: 'invite_codes',
      reason: 'First referrals',
      steps: [
        { referrals: 1, codes: 1 },
        { referrals: 2, codes: 3 },
      ],
    },
    { type: 'invite_codes', reason: 'More referrals', steps: [{ referrals: 4, codes: 2 }] },
    { type: 'premium', reason: '3 referrals', referrals: 3, duration: '1 month' },
    { type: 'quality_bonus', reason: 'Quality', referrals: 3, quality: 0.8, amount: 2 },
  ]),
  REFERRAL_MASTER_THRESHOLD: '2',
}
