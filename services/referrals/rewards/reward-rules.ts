// The rewards of counted referrals.

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

/** Returns all rewards that a number of counted referrals and a quality score have reached. */
export const rewardsFor = (counted: number, quality: number): Reward[] => {
  const reached = milestones.filter(({ referrals }) => counted >= referrals)
  const isGood = quality > BONUS_ABOVE && counted >= BONUS_FROM
  return [...reached.map(({ reward }) => reward), ...(isGood ? [bonus] : [])]
}

/** Invite codes per tier of counted referrals. A member receives every tier that they reach. */
export const codeTiers = [
  { referrals: 1, codes: 1, reason: 'First referral' },
  { referrals: 3, codes: 2, reason: first3 },
  { referrals: 10, codes: 5, reason: first10 },
]
