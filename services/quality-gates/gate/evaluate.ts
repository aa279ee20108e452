// One evaluation of the gate. It locks the gate, so any number of replicas evaluate one after the
// other and write one history.
import { type Transactable, type Transaction, transaction } from '@vobee/shared/data/database'
import { type Audit, logAction } from '@vobee/shared/ops/audit-trail'
import { type OpenAlert, readAlerts } from '../alerts/open-alerts.ts'
import type { Thresholds } from '../config.ts'
import { type NewReports, readInputs, storeReports } from '../metrics/inputs.ts'
import { type MetricInputs, type RateMetrics, rateMetricsOf } from '../metrics/rates.ts'
import { type Decision, decide, type ManualAction, manualState } from './decide.ts'
import { lockGate, storeEvaluation } from './evaluations.ts'
import { assess, type HealthStatus } from './health.ts'

/** Why and by whom the gate is evaluated, and what changes in the same transaction. */
export type Occasion = {
  name: 'start' | 'clock' | 'events' | 'asked' | 'metrics' | 'pause' | 'resume'
  by?: string
  audit?: Audit
  reports?: NewReports
  manual?: ManualAction
}

export type Evaluation = {
  inputs: MetricInputs
  metrics: RateMetrics
  decision: Decision
  trust_score: number
  health_status: HealthStatus
  alerts: OpenAlert[]
}

const actions = {
  asked: 'gate.evaluated',
  metrics: 'metrics.reported',
  pause: 'gate.paused',
  resume: 'gate.resumed',
} as const

const logOccasion = async (db: Transaction, { name, audit, manual, reports }: Occasion) => {
  if (!audit || name === 'start' || name === 'clock' || name === 'events') return
  const details = { ...reports?.rates, ...(manual ? { until: manual.until } : {}) }
  await logAction(db, 'quality_gates', audit, { act: actions[name], subject: 'gate', details })
}

/** Evaluates the gate and stores the result, in every service, in one transaction. */
export const evaluate = (
  db: Transactable,
  limits: Thresholds,
  occasion: Occasion,
): Promise<Evaluation> =>
  transaction(db, async (connection) => {
    const { at, ...stored } = await lockGate(connection)
    if (occasion.reports) await storeReports(connection, at, occasion.reports)
    const inputs = await readInputs(connection, at)
    const metrics = rateMetricsOf(inputs, limits)
    const { name, by = null, manual } = occasion
    const now = { at, metrics }
    const state = manual ? { ...stored, by_hand: manualState(manual, now, limits) } : stored
    const decision = decide(state, now, limits)
    const assessment = assess(metrics, decision.open, limits)
    const cause = { name, by, reason: manual?.reason ?? null }
    await storeEvaluation(connection, { ...assessment, decision, occasion: cause })
    await logOccasion(connection, occasion)
    const alerts = await readAlerts(connection)
    const { trust_score, health_status } = assessment
    return { inputs, metrics, decision, trust_score, health_status, alerts }
  })
