// One evaluation: whoever asks for it, it locks the gate, so that any number of replicas decide
// one after the other and give one history.

import { type Database, type Transaction, transaction } from '@vobee/shared/data/database'
import { type Action, type Audit, logAction } from '@vobee/shared/ops/audit-trail'
import { type OpenAlert, readAlerts } from '../alerts/open-alerts.ts'
import type { Thresholds } from '../config.ts'
import { type NewReports, readInputs, report } from '../metrics/inputs.ts'
import { type Figures, figuresOf, type Inputs } from '../metrics/metrics.ts'
import { byHand, type Decision, decide, type HandAct } from './decide.ts'
import { lockGate, record } from './evaluations.ts'
import { assess, type HealthStatus } from './health.ts'

/** Why it is evaluated, by whom, and what is done to the gate in the same transaction. */
export type Occasion = {
  name: 'start' | 'clock' | 'asked' | 'metrics' | 'pause' | 'resume'
  by?: string
  audit?: Audit
  reports?: NewReports
  hand?: HandAct
}

export type Evaluation = {
  inputs: Inputs
  figures: Figures
  decision: Decision
  trust_score: number
  health_status: HealthStatus
  alerts: OpenAlert[]
}

const acts = {
  asked: 'gate.evaluated',
  metrics: 'metrics.reported',
  pause: 'gate.paused',
  resume: 'gate.resumed',
} as const

/** What a key did, where it was one that asked. */
const writeDown = async (db: Transaction, { name, audit, hand, reports }: Occasion) => {
  if (!audit || name === 'start' || name === 'clock') return
  const details = { ...reports?.rates, ...(hand ? { until: hand.until } : {}) }
  const done: Action = { act: acts[name], subject: 'gate', details }
  await logAction(db, 'quality_gates', audit, done)
}

/** Evaluates the gate and tells the others; all of it or, when it throws, nothing. */
export const evaluate = (
  db: Database,
  limits: Thresholds,
  occasion: Occasion,
): Promise<Evaluation> =>
  transaction(db, async (connection) => {
    const { at, ...state } = await lockGate(connection)
    if (occasion.reports) await report(connection, at, occasion.reports)
    const inputs = await readInputs(connection, at)
    const figures = figuresOf(inputs, limits)
    const { hand } = occasion
    const asked = hand ? { ...state, by_hand: byHand(hand, { at, figures }, limits) } : state
    const decision = decide(asked, { at, figures }, limits)
    const assessment = assess(figures, decision.open, limits)
    const { trust_score, health_status } = assessment
    const { name, by = null } = occasion
    const remembered = { name, by, reason: hand?.reason ?? null }
    await record(connection, { ...assessment, decision, occasion: remembered })
    await writeDown(connection, occasion)
    const alerts = await readAlerts(connection)
    return { inputs, figures, decision, trust_score, health_status, alerts }
  })
