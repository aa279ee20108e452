// Whether invites may be issued. The gate pauses and resumes by the figures; a person may pause it,
// and may resume it for a while against the figures.
import { alertsOf } from '../alerts/alert-rules.ts'
import type { Thresholds } from '../config.ts'
import { type Figures, type RateName, rateNames, ratesOf } from '../metrics/metrics.ts'
import { type Rates, trustScore } from '../trust/trust-score.ts'

/** The rates that caused the pause, each with when the bad figure was reported. */
export type Causes = Partial<Record<RateName, string | null>>

export type ByHand = {
  act: 'paused' | 'resumed'
  reason: string
  by: string
  until: string | null
  /** The rates when it was done: a resumed gate stays open until one gets worse than these. */
  rates: Rates
}

export type State = {
  /** Not empty while the figures pause the gate. */
  causes: Causes
  by_hand: ByHand | null
}
export type Moment = { at: string; figures: Figures }
export type Decision = State & { open: boolean; reasons: string[] }

const isAfter = (one: string, other: string) => Date.parse(one) > Date.parse(other)

const isWorse = (now: Rates, then: Rates) =>
  now.churn_rate > then.churn_rate ||
  now.fraud_rate > then.fraud_rate ||
  now.engagement_rate < then.engagement_rate

const stillHeld = (hand: ByHand | null, { at, figures }: Moment): ByHand | null => {
  if (!hand || (hand.until && !isAfter(hand.until, at))) return null
  return hand.act === 'resumed' && isWorse(ratesOf(figures), hand.rates) ? null : hand
}

const faults = (rates: Rates, limits: Thresholds): string[] => [
  ...(trustScore(rates) < limits.TRUST_PAUSE ? ['trust_low'] : []),
  ...(rates.churn_rate > limits.CHURN_PAUSE ? ['churn_high'] : []),
  ...(rates.fraud_rate > limits.FRAUD_PAUSE ? ['fraud_high'] : []),
]

const ideal: Rates = { churn_rate: 0, fraud_rate: 0, engagement_rate: 1 }

// A low trust score is caused by the rates that have an alert themselves; where the thresholds
// were set so that none has, by every one that lowers it.
const culprits = (fault: string, rates: Rates, limits: Thresholds): readonly RateName[] => {
  if (fault === 'churn_high') return ['churn_rate']
  if (fault === 'fraud_high') return ['fraud_rate']
  const alerted = alertsOf(rates, limits).map((alert) => alert.metric)
  const bad = rateNames.filter((name) => alerted.includes(name))
  return bad.length > 0 ? bad : rateNames.filter((name) => rates[name] !== ideal[name])
}

const causesOf = (found: string[], { figures }: Moment, limits: Thresholds): Causes => {
  const names = found.flatMap((fault) => culprits(fault, ratesOf(figures), limits))
  return Object.fromEntries(names.map((name) => [name, figures[name].reported_at]))
}

const isReportedAnew = (now: string | null, then: string | null | undefined) =>
  now !== null && (!then || isAfter(now, then))

const awaited = {
  churn_rate: 'churn_awaited',
  fraud_rate: 'fraud_awaited',
  engagement_rate: 'engagement_awaited',
}

/** What is still missing before a paused gate resumes by itself. */
const missing = (causes: Causes, { figures }: Moment, limits: Thresholds): string[] => {
  const paused = rateNames.filter((name) => name in causes)
  if (paused.length === 0) return []
  const rates = ratesOf(figures)
  return [
    ...(trustScore(rates) > limits.TRUST_RESUME ? [] : ['trust_recovering']),
    ...(rates.churn_rate < limits.CHURN_RESUME ? [] : ['churn_recovering']),
    ...paused
      .filter((name) => !isReportedAnew(figures[name].reported_at, causes[name]))
      .map((name) => awaited[name]),
  ]
}

/**
 * Decides what the gate is from now on. Open exactly when there is no reason against it:
 * `trust_low`, `churn_high`, `fraud_high` are so now; `trust_recovering`, `churn_recovering` are
 * better but not well; `churn_awaited`, `fraud_awaited`, `engagement_awaited` caused the pause and
 * were not reported since; `paused_by_hand`.
 */
export const decide = (state: State, now: Moment, limits: Thresholds): Decision => {
  const by_hand = stillHeld(state.by_hand, now)
  if (by_hand?.act === 'resumed') return { open: true, reasons: [], causes: {}, by_hand }
  const found = faults(ratesOf(now.figures), limits)
  const told = found.length > 0 ? found : missing(state.causes, now, limits)
  const causes = told.length > 0 ? { ...state.causes, ...causesOf(found, now, limits) } : {}
  const reasons = by_hand ? ['paused_by_hand', ...told] : told
  return { open: reasons.length === 0, reasons, causes, by_hand }
}

export type HandAct = Pick<ByHand, 'act' | 'reason' | 'by' | 'until'>

/** What an act by hand leaves: a resume that names no end holds for the set time. */
export const byHand = (hand: HandAct, now: Moment, limits: Thresholds): ByHand => {
  const hold = new Date(Date.parse(now.at) + limits.RESUME_HOLD_MINUTES * 60_000).toISOString()
  const until = hand.until ?? (hand.act === 'resumed' ? hold : null)
  return { ...hand, until, rates: ratesOf(now.figures) }
}
