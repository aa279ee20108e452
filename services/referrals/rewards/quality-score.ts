// The quality score of a member's referrals: how recent they are.

const WINDOW_DAYS = 30

/** How many referrals have an age, in whole days. */
export type ReferralAge = { days: number; referrals: number }

/**
 * Returns the mean of `1 − days / 30` over the referrals of the last 30 days: 0 … 1 with two
 * decimals, or 0 if there are none.
 */
export const qualityScore = (ages: readonly ReferralAge[]): number => {
  const recent = ages.filter(({ days }) => days < WINDOW_DAYS)
  const referrals = recent.reduce((sum, age) => sum + age.referrals, 0)
  if (referrals === 0) return 0
  // Integers up to the one division, so that halves round up.
  const daysLeft = recent.reduce((sum, age) => sum + age.referrals * (WINDOW_DAYS - age.days), 0)
  return Math.min(1, Math.round((daysLeft * 100) / (referrals * WINDOW_DAYS)) / 100)
}
