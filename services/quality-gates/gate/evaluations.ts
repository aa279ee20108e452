// SQL: the one row of the gate, and what an evaluation writes.
import type { Queryable } from '@vobee/shared/data/database'
import { join, raw, type Sql, sql } from '@vobee/shared/data/sql'
import { gatedServices } from '@vobee/shared/gate'
import type { Alert } from '../alerts/alert-rules.ts'
import type { Decision, GateState } from './decide.ts'
import type { Assessment } from './health.ts'

type LockedGate = GateState & { at: string }

/** Locks the gate until the transaction ends. Returns its state and the time of the evaluation. */
export const lockGate = async (db: Queryable): Promise<LockedGate> => {
  // Later than the last evaluation even if the clock was set back.
  const { rows } = await db.query<LockedGate>(sql`
    update quality_gates.gate
    set evaluated_at = greatest(
      date_trunc('milliseconds', clock_timestamp()), evaluated_at + interval '1 millisecond'
    )
    returning causes, by_hand, evaluated_at as at`)
  return rows[0] as LockedGate
}

type GateStatus = GateState & { open: boolean; evaluated_at: string | null; at: string }

/** Returns the state of the gate, when it was last evaluated, and the time now. */
export const readGate = async (db: Queryable): Promise<GateStatus> => {
  const { rows } = await db.query<GateStatus>(
    sql`select open, causes, by_hand, evaluated_at, now() as at from quality_gates.gate`,
  )
  return rows[0] as GateStatus
}

export type Verdict = Assessment & {
  decision: Decision
  occasion: { name: string; by: string | null; reason: string | null }
}

const updateGate = ({ open, reasons, causes, by_hand }: Decision) => sql`
  update quality_gates.gate
  set open = ${open}, reasons = ${reasons}, causes = ${JSON.stringify(causes)},
      by_hand = ${by_hand && JSON.stringify(by_hand)}
  returning open, reasons, evaluated_at`

const insertHistory = ({ occasion, rates, trust_score, health_status }: Verdict) => sql`
  insert into quality_gates.evaluations (
    evaluated_at, open, reasons, occasion, by, reason, trust_score,
    churn_rate, fraud_rate, engagement_rate, health_status
  )
  select evaluated_at, open, reasons, ${occasion.name}, ${occasion.by}, ${occasion.reason},
         ${trust_score}, ${rates.churn_rate}, ${rates.fraud_rate}, ${rates.engagement_rate},
         ${health_status}
  from decided`

const openAlerts = (alerts: Sql) => sql`
  insert into quality_gates.alerts (
    metric, severity, message, value, threshold, opened_at, updated_at
  )
  select alert.*, evaluated_at, evaluated_at
  from decided cross join jsonb_to_recordset(${alerts}) as alert (
    metric text, severity text, message text, value float8, threshold float8
  )
  on conflict (metric) where closed_at is null do update set
    severity = excluded.severity, message = excluded.message, value = excluded.value,
    threshold = excluded.threshold, updated_at = excluded.updated_at`

const closeAlerts = (alerts: Sql) => sql`
  update quality_gates.alerts as alert set closed_at = evaluated_at
  from decided
  where alert.closed_at is null
    and not ${alerts} @> jsonb_build_array(jsonb_build_object('metric', alert.metric))`

const jsonb = (alerts: readonly Alert[]) => sql`${JSON.stringify(alerts)}::jsonb`

const setGates = sql`
  select ${join(gatedServices.map((name) => raw(`${name}.set_gate(open, reasons, evaluated_at)`)))}
  from decided`

/**
 * Stores an evaluation: the gate, the history and the alerts, and the gate of each service that
 * decides on it. From the commit on, every statement that begins there sees the new state.
 */
export const storeEvaluation = (db: Queryable, verdict: Verdict) => {
  const alerts = jsonb(verdict.alerts)
  return db.query(sql`
    with decided as (${updateGate(verdict.decision)}),
    history as (${insertHistory(verdict)}),
    opened as (${openAlerts(alerts)}),
    closed as (${closeAlerts(alerts)}),
    gates as (${setGates})
    select count(*) from gates`)
}
