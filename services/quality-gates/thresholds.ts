// The numbers of the rules, as documented. Each is a setting of the same name.

export const documented = {
  TRUST_PAUSE: 0.7,
  CHURN_PAUSE: 0.2,
  FRAUD_PAUSE: 0.05,
  TRUST_RESUME: 0.8,
  CHURN_RESUME: 0.15,
  TRUST_WARNING: 0.8,
  CHURN_WARNING: 0.15,
  FRAUD_WARNING: 0.02,
  ENGAGEMENT_WARNING: 0.5,
  ENGAGEMENT_CRITICAL: 0.3,
  RESUME_HOLD_MINUTES: 60,
  FRAUD_FRESH_HOURS: 24,
}

export type Thresholds = Record<keyof typeof documented, number>
