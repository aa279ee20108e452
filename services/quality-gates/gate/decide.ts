// Whether invites may be issued. The gate pauses and resumes by the rates. An admin can pause it
// manually, and can resume it for a while although the rates would pause it.
import { alertsOf } from '../alerts/alert-rules.ts'
import type { Thresholds } from '../config.ts'
import {
  type RateMetrics,
  type RateName,
  type Rates,
  rateNames,
  ratesOf,
} from '../metrics/rates.ts'
import { trustScore } from '../trust/trust-score.ts'

/** The rates that caused the pause, and when each bad value was reported. */
export type Causes = Partial<Record<RateName, string | null>>

/** A manual pause or resume that is in force. */
export type ManualState = {
  act: 'paused' | 'resumed'
  reason: string
  by: string
  until: string | null
  /** The rates at that time: a resumed gate stays open until one is worse than these. */
  rates: Rates
}

export type GateState = {
  /** Not empty while the rates pause the gate. */
  causes: Causes
  by_hand: ManualState | null
}
export type Moment = { at: string; metrics: RateMetrics }
export type Decision = GateState & { open: boolean; reasons: string[] }

const isAfter = (one: string, other: string) => Date.parse(one) > Date.parse(other)

const isWorse = (now: Rates, then: Rates) =>
  now.churn_rate > then.churn_rate ||
  now.fraud_rate > then.fraud_rate ||
  now.engagement_rate < then.engagement_rate

const inForce = (manual: ManualState | null, { at, metrics }: Moment): ManualState | null => {
  if (!manual || (manual.until && !isAfter(manual.until, at))) return null
  return manual.act === 'resumed' && isWorse(ratesOf(metrics), manual.rates) ? null : manual
}

const pauseReasons = (rates: Rates, limits: Thresholds): string[] => [
  ...(trustScore(rates) < limits.TRUST_PAUSE ? ['trust_low'] : []),
  ...(rates.churn_rate > limits.CHURN_PAUSE ? ['churn_high'] : []),
  ...(rates.fraud_rate > limits.FRAUD_PAUSE ? ['fraud_high'] : []),
]

const ideal: Rates = { churn_rate: 0, fraud_rate: 0, engagement_rate: 1 }

// The causes of a low trust score are the rates with an alert of their own. If the thresholds are
// set so that none has one, the causes are all rates that lower the score.
const ratesBehind = (reason: string, rates: Rates, limits: Thresholds): readonly RateName[] => {
  if (reason === 'churn_high') return ['churn_rate']
  if (reason === 'fraud_high') return ['fraud_rate']
  const alerted = alertsOf(rates, limits).map((alert) => alert.metric)
  const bad = rateNames.filter((name) => alerted.includes(name))
  return bad.length > 0 ? bad : rateNames.filter((name) => rates[name] !== ideal[name])
}

const causesOf = (reasons: string[], { metrics }: Moment, limits: Thresholds): Causes => {
  const names = reasons.flatMap((reason) => ratesBehind(reason, ratesOf(metrics), limits))
  return Object.fromEntries(names.map((name) => [name, metrics[name].reported_at]))
}

const isNewReport = (now: string | null, then: string | null | undefined) =>
  now !== null && (!then || isAfter(now, then))

const awaited = {
  churn_rate: 'churn_awaited',
  fraud_rate: 'fraud_awaited',
  engagement_rate: 'engagement_awaited',
}

/** Returns what a gate that the rates paused still needs before it resumes. */
const missingToResume = (causes: Causes, { metrics }: Moment, limits: Thresholds): string[] => {
  const paused = rateNames.filter((name) => name in causes)
  if (paused.length === 0) return []
  const rates = ratesOf(metrics)
  return [
    ...(trustScore(rates) > limits.TRUST_RESUME ? [] : ['trust_recovering']),
    ...(rates.churn_rate < limits.CHURN_RESUME ? [] : ['churn_recovering']),
    ...paused
      .filter((name) => !isNewReport(metrics[name].reported_at, causes[name]))
      .map((name) => awaited[name]),
  ]
}

/**
 * Decides the state of the gate. It is open exactly if it has no reason to be paused: `trust_low`,
 * `churn_high`, `fraud_high` (past the threshold now); `trust_recovering`, `churn_recovering`
 * (better, but not good enough to resume); `churn_awaited`, `fraud_awaited`, `engagement_awaited`
 * (caused the pause, and no report since); `paused_by_hand`.
 */
export const decide = (state: GateState, now: Moment, limits: Thresholds): Decision => {
  const by_hand = inForce(state.by_hand, now)
  if (by_hand?.act === 'resumed') return { open: true, reasons: [], causes: {}, by_hand }
  const bad = pauseReasons(ratesOf(now.metrics), limits)
  const byRates = bad.length > 0 ? bad : missingToResume(state.causes, now, limits)
  const causes = byRates.length > 0 ? { ...state.causes, ...causesOf(bad, now, limits) } : {}
  const reasons = by_hand ? ['paused_by_hand', ...byRates] : byRates
  return { open: reasons.length === 0, reasons, causes, by_hand }
}

export type ManualAction = Pick<ManualState, 'act' | 'reason' | 'by' | 'until'>

/** Returns the state that a manual action leaves. A resume without an end holds for the set time. */
export const manualState = (action: ManualAction, now: Moment, limits: Thresholds): ManualState => {
  const hold = new Date(Date.parse(now.at) + limits.RESUME_HOLD_MINUTES * 60_000).toISOString()
  const until = action.until ?? (action.act === 'resumed' ? hold : null)
  return { ...action, until, rates: ratesOf(now.metrics) }
}
