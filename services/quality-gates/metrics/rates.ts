// The three rates at a moment, and where each comes from.
import { z } from 'zod'
import type { Thresholds } from '../config.ts'
import { referralCounts } from './referral-counts.ts'

export const rateNames = ['churn_rate', 'fraud_rate', 'engagement_rate'] as const
export type RateName = (typeof rateNames)[number]
export type Rates = Record<RateName, number>

export const Fraction = z.number().min(0).max(1)

/** A rate or a total with its source. */
export type Metric = {
  value: number
  source: 'reported' | 'events' | 'assumed'
  /** The period that it covers; null if the host named none. */
  window: string | null
  /** When the value was last reported or counted; null if never. */
  reported_at: string | null
}
export type RateMetrics = Record<RateName, Metric>

/** The last report of a rate by the host. */
export type Report = Pick<Metric, 'value' | 'window'> & { reported_at: string }
/** The count of one kind in the last seven days, today included. */
export type EventCount = { count: number; counted_at: string }

export type MetricInputs = {
  at: string
  reports: Partial<Record<RateName, Report>>
  counts: Record<string, EventCount>
}

export const WINDOW = '7 days'
/** With fewer referrals the share of bad ones says nothing about fraud. */
const MIN_REFERRALS = 50

const assumed = (value: number, reported_at: string | null = null): Metric => ({
  value,
  source: 'assumed',
  window: null,
  reported_at,
})

const reported = (report: Report): Metric => ({ ...report, source: 'reported' })

const rounded = (value: number) => Math.round(value * 10_000) / 10_000

// The counts are net, so they may be negative while events of a referral are still to come. Few
// referrals say nothing about fraud, but that none is suspect ends a pause.
const fraudFromEvents = ({ counts }: MetricInputs): Metric => {
  const { attributed, suspect } = referralCounts
  const all = counts[attributed]?.count ?? 0
  const suspects = Math.max(0, counts[suspect]?.count ?? 0)
  const times = [attributed, suspect].flatMap((kind) => counts[kind]?.counted_at ?? [])
  const reported_at = times.sort().at(-1) ?? null
  if (all < MIN_REFERRALS) return assumed(0, suspects === 0 ? reported_at : null)
  const value = rounded(Math.min(1, suspects / all))
  return { value, source: 'events', window: WINDOW, reported_at }
}

const isFresh = (report: Report, at: string, hours: number) =>
  Date.parse(at) - Date.parse(report.reported_at) < hours * 3_600_000

const fraud = (inputs: MetricInputs, limits: Thresholds): Metric => {
  const report = inputs.reports.fraud_rate
  if (report && isFresh(report, inputs.at, limits.FRAUD_FRESH_HOURS)) return reported(report)
  return fraudFromEvents(inputs)
}

/** Returns each rate as reported, else from events, else as the assumed best value (0, 0, 1). */
export const rateMetricsOf = (inputs: MetricInputs, limits: Thresholds): RateMetrics => {
  const { churn_rate, engagement_rate } = inputs.reports
  return {
    churn_rate: churn_rate ? reported(churn_rate) : assumed(0),
    fraud_rate: fraud(inputs, limits),
    engagement_rate: engagement_rate ? reported(engagement_rate) : assumed(1),
  }
}

export const ratesOf = (metrics: RateMetrics): Rates => ({
  churn_rate: metrics.churn_rate.value,
  fraud_rate: metrics.fraud_rate.value,
  engagement_rate: metrics.engagement_rate.value,
})
