// The quality of somebody's referrals: how fresh they are.

const WINDOW_DAYS = 30

/** How many referrals are so many whole days old. */
export type Age = { days: number; referrals: number }

/**
 * Mean over the referrals of the last 30 days of `1 − days / 30`: 0 … 1 with two decimals, 0 when
 * there are none.
 */
export const qualityScore = (ages: readonly Age[]): number => {
  const recent = ages.filter(({ days }) => days < WINDOW_DAYS)
  const referrals = recent.reduce((sum, age) => sum + age.referrals, 0)
  if (referrals === 0) return 0
  // Whole numbers up to the one division, so that halves round up.
  const daysLeft = recent.reduce((sum, age) => sum + age.referrals * (WINDOW_DAYS - age.days), 0)
  return Math.min(1, Math.round((daysLeft * 100) / (referrals * WINDOW_DAYS)) / 100)
}
