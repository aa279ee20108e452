// The trust score: how healthy growth is, in one number.

export type Rates = { churn_rate: number; fraud_rate: number; engagement_rate: number }

/** 0 … 1 in two decimals; the rules decide by this number, the one that is shown. */
export const trustScore = ({ churn_rate, fraud_rate, engagement_rate }: Rates): number => {
  const trust = (1 - churn_rate) * (1 - fraud_rate) * (0.85 + 0.15 * engagement_rate)
  // A half that binary fractions hold a little too low (0.575) is still rounded up.
  return Math.round(trust * 100 + 1e-9) / 100
}
