import { describe, expect, test } from 'vitest'
import { documented } from '../config.ts'
import { healthStatus } from '../gate/health.ts'
import { alertsOf } from './alert-rules.ts'

const healthy = { churn_rate: 0, fraud_rate: 0, engagement_rate: 1 }

const alertOf = (metric: string, rates: Partial<typeof healthy>) =>
  alertsOf({ ...healthy, ...rates }, documented).find((alert) => alert.metric === metric)

describe('the documented thresholds', () => {
  test.each([
    { churn_rate: 0.15, severity: undefined },
    { churn_rate: 0.151, severity: 'warning' },
    { churn_rate: 0.2, severity: 'warning' },
    { churn_rate: 0.201, severity: 'critical' },
  ])('a churn rate of $churn_rate: $severity', ({ churn_rate, severity }) => {
    expect(alertOf('churn_rate', { churn_rate })?.severity).toBe(severity)
  })

  test.each([
    { fraud_rate: 0.02, severity: undefined },
    { fraud_rate: 0.021, severity: 'warning' },
    { fraud_rate: 0.05, severity: 'warning' },
    { fraud_rate: 0.051, severity: 'critical' },
  ])('a fraud rate of $fraud_rate: $severity', ({ fraud_rate, severity }) => {
    expect(alertOf('fraud_rate', { fraud_rate })?.severity).toBe(severity)
  })

  test.each([
    { engagement_rate: 0.5, severity: undefined },
    { engagement_rate: 0.499, severity: 'warning' },
    { engagement_rate: 0.3, severity: 'warning' },
    { engagement_rate: 0.299, severity: 'critical' },
  ])('an engagement rate of $engagement_rate: $severity', ({ engagement_rate, severity }) => {
    expect(alertOf('engagement_rate', { engagement_rate })?.severity).toBe(severity)
  })

  test.each([
    { churn_rate: 0.2, trust: 0.8, severity: undefined },
    { churn_rate: 0.21, trust: 0.79, severity: 'warning' },
    { churn_rate: 0.3, trust: 0.7, severity: 'warning' },
    { churn_rate: 0.31, trust: 0.69, severity: 'critical' },
  ])('a trust score of $trust: $severity', ({ churn_rate, severity }) => {
    expect(alertOf('trust_score', { churn_rate })?.severity).toBe(severity)
  })

  test('an alert names its value and the threshold that it passed', () => {
    expect(alertOf('churn_rate', { churn_rate: 0.18 })).toEqual({
      metric: 'churn_rate',
      severity: 'warning',
      message: 'The churn rate is 0.18, above 0.15.',
      value: 0.18,
      threshold: 0.15,
    })
  })

  test('each threshold is a setting', () => {
    const rates = { ...healthy, churn_rate: 0.18 }
    expect(alertsOf(rates, { ...documented, CHURN_WARNING: 0.18 })).toEqual([])
  })
})

describe('health', () => {
  const warning = alertsOf({ ...healthy, churn_rate: 0.16 }, documented)
  const critical = alertsOf({ ...healthy, engagement_rate: 0.1 }, documented)

  test.each([
    { what: 'open and no alert', open: true, alerts: [], is: 'healthy' },
    { what: 'open with a warning', open: true, alerts: warning, is: 'warning' },
    { what: 'open with a critical alert', open: true, alerts: critical, is: 'critical' },
    { what: 'paused without any alert', open: false, alerts: [], is: 'critical' },
  ])('$what: $is', ({ open, alerts, is }) => {
    expect(healthStatus(open, alerts)).toBe(is)
  })
})
