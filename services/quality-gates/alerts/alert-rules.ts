// Alerts: which metrics passed a threshold. A value that pauses the gate is critical.

import type { Thresholds } from '../config.ts'
import type { RateName, Rates } from '../metrics/rates.ts'
import { trustScore } from '../trust/trust-score.ts'

export type Severity = 'warning' | 'critical'
export type Alert = {
  metric: RateName | 'trust_score'
  severity: Severity
  message: string
  value: number
  threshold: number
}

type Rule = {
  metric: Alert['metric']
  name: string
  bad: 'above' | 'below'
  warning: number
  critical: number
}

const rules = (limits: Thresholds): Rule[] => [
  {
    metric: 'churn_rate',
    name: 'The churn rate',
    bad: 'above',
    warning: limits.CHURN_WARNING,
    critical: limits.CHURN_PAUSE,
  },
  {
    metric: 'trust_score',
    name: 'The trust score',
    bad: 'below',
    warning: limits.TRUST_WARNING,
    critical: limits.TRUST_PAUSE,
  },
  {
    metric: 'fraud_rate',
    name: 'The fraud rate',
    bad: 'above',
    warning: limits.FRAUD_WARNING,
    critical: limits.FRAUD_PAUSE,
  },
  {
    metric: 'engagement_rate',
    name: 'The engagement rate',
    bad: 'below',
    warning: limits.ENGAGEMENT_WARNING,
    critical: limits.ENGAGEMENT_CRITICAL,
  },
]

/** Returns at most one alert per metric: the more severe one. */
export const alertsOf = (rates: Rates, limits: Thresholds): Alert[] => {
  const values = { ...rates, trust_score: trustScore(rates) }
  return rules(limits).flatMap(({ metric, name, bad, warning, critical }) => {
    const value = values[metric]
    const passes = (threshold: number) => (bad === 'above' ? value > threshold : value < threshold)
    const severity = passes(critical) ? 'critical' : passes(warning) ? 'warning' : null
    if (!severity) return []
    const threshold = severity === 'critical' ? critical : warning
    return [
      { metric, severity, message: `${name} is ${value}, ${bad} ${threshold}.`, value, threshold },
    ]
  })
}
