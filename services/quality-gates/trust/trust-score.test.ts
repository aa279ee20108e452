import { describe, expect, test } from 'vitest'
import { trustScore } from './trust-score.ts'

describe('the trust score', () => {
  test.each([
    { of: 'the documented example', churn: 0.12, fraud: 0.02, engagement: 0.75, is: 0.83 },
    { of: 'the limits together', churn: 0.2, fraud: 0.05, engagement: 0.5, is: 0.7 },
    { of: 'a new system without reports', churn: 0, fraud: 0, engagement: 1, is: 1 },
    { of: 'nobody engaged', churn: 0, fraud: 0, engagement: 0, is: 0.85 },
    { of: 'everybody churned', churn: 1, fraud: 0, engagement: 1, is: 0 },
    { of: 'only fraud', churn: 0, fraud: 1, engagement: 1, is: 0 },
    {
      of: 'a half that binary fractions store too low',
      churn: 0.425,
      fraud: 0,
      engagement: 1,
      is: 0.58,
    },
    { of: 'what rounds up to the threshold', churn: 0.305, fraud: 0, engagement: 1, is: 0.7 },
  ])('of $of is $is', ({ churn, fraud, engagement, is }) => {
    const rates = { churn_rate: churn, fraud_rate: fraud, engagement_rate: engagement }
    expect(trustScore(rates)).toBe(is)
  })
})
