// The trust score: how healthy growth is, in one number.
import type { Rates } from '../metrics/rates.ts'

/** Returns 0 … 1 with two decimals. All rules decide by this rounded number, which is also shown. */
export const trustScore = ({ churn_rate, fraud_rate, engagement_rate }: Rates): number => {
  const trust = (1 - churn_rate) * (1 - fraud_rate) * (0.85 + 0.15 * engagement_rate)
  // Binary fractions store some halves (0.575) slightly too low; they are rounded up too.
  return Math.round(trust * 100 + 1e-9) / 100
}
