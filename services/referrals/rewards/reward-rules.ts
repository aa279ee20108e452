// What counted referrals are rewarded with.

export type Reward =
  | { type: 'invite_codes' | 'quality_bonus'; amount: number; reason: string }
  | { type: 'premium'; duration: string; reason: string }

const first3 = 'First 3 referrals'
const first10 = '10 referrals milestone'

const milestones: { referrals: number; reward: Reward }[] = [
  { referrals: 3, reward: { type: 'invite_codes', amount: 3, reason: first3 } },
  { referrals: 10, reward: { type: 'invite_codes', amount: 5, reason: first10 } },
  {
    referrals: 25,
    reward: { type: 'premium', duration: '1 month', reason: '25 referrals milestone' },
  },
]

const BONUS_ABOVE = 0.8
const BONUS_FROM = 5
const bonus: Reward = { type: 'quality_bonus', amount: 2, reason: 'High quality referrals' }

/** The rewards of so many counted referrals of that quality, which accumulate. */
export const rewardsFor = (counted: number, quality: number): Reward[] => {
  const reached = milestones.filter(({ referrals }) => counted >= referrals)
  const isGood = quality > BONUS_ABOVE && counted >= BONUS_FROM
  return [...reached.map(({ reward }) => reward), ...(isGood ? [bonus] : [])]
}

/** Codes that are granted when so many referrals have counted, each tier besides those before. */
export const codeTiers = [
  { referrals: 1, codes: 1, reason: 'First referral' },
  { referrals: 3, codes: 2, reason: first3 },
  { referrals: 10, codes: 5, reason: first10 },
]
