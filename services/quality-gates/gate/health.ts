// The health of the launch: in one word, and with all that leads to it.
import { type Alert, alertsOf } from '../alerts/alert-rules.ts'
import type { Thresholds } from '../config.ts'
import { type Figures, ratesOf } from '../metrics/metrics.ts'
import { type Rates, trustScore } from '../trust/trust-score.ts'

export const healthStatuses = ['healthy', 'warning', 'critical'] as const
export type HealthStatus = (typeof healthStatuses)[number]

/** A trust score below the healthy one is an alert, so `healthy` is: open, and no alert. */
export const healthStatus = (open: boolean, alerts: readonly Alert[]): HealthStatus => {
  if (!open || alerts.some((alert) => alert.severity === 'critical')) return 'critical'
  return alerts.length > 0 ? 'warning' : 'healthy'
}

export type Assessment = {
  rates: Rates
  trust_score: number
  alerts: Alert[]
  health_status: HealthStatus
}

/** What the figures say of a gate that is `open` or not. */
export const assess = (figures: Figures, open: boolean, limits: Thresholds): Assessment => {
  const rates = ratesOf(figures)
  const alerts = alertsOf(rates, limits)
  const health_status = healthStatus(open, alerts)
  return { rates, trust_score: trustScore(rates), alerts, health_status }
}
