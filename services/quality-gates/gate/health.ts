// The health of the launch, from the rates and the gate.
import { type Alert, alertsOf } from '../alerts/alert-rules.ts'
import type { Thresholds } from '../config.ts'
import { type RateMetrics, type Rates, ratesOf } from '../metrics/rates.ts'
import { trustScore } from '../trust/trust-score.ts'

export const healthStatuses = ['healthy', 'warning', 'critical'] as const
export type HealthStatus = (typeof healthStatuses)[number]

/** A low trust score is an alert too, so `healthy` means: open, and no alert. */
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

export const assess = (metrics: RateMetrics, open: boolean, limits: Thresholds): Assessment => {
  const rates = ratesOf(metrics)
  const alerts = alertsOf(rates, limits)
  return {
    rates,
    trust_score: trustScore(rates),
    alerts,
    health_status: healthStatus(open, alerts),
  }
}
