// The one row that says whether invites may be issued, and what an evaluation writes.
import type { Queryable } from '@vobee/shared/data/database'
import type { Decision, State } from './decide.ts'
import type { Assessment } from './health.ts'

/** Locks the gate until the transaction ends; gives its state and the evaluation's own time. */
export const lockGate = async (db: Queryable) => {
  // Later than the last even when the clock went back: listeners keep the newest.
  const { rows } = await db.query<State & { at: string }>(`
    update quality_gates.gate
    set evaluated_at = greatest(
      date_trunc('milliseconds', clock_timestamp()), evaluated_at + interval '1 millisecond'
    )
    returning causes, by_hand, evaluated_at as at`)
  return rows[0] as State & { at: string }
}

/** Whether the gate is open, and whether it was evaluated at all; `at` is now. */
export const readState = async (db: Queryable) => {
  type Row = { open: boolean; evaluated_at: string | null; at: string }
  const { rows } = await db.query<Row>(
    'select open, evaluated_at, now() as at from quality_gates.gate',
  )
  return rows[0] as Row
}

export type Verdict = Assessment & {
  decision: Decision
  occasion: { name: string; by: string | null; reason: string | null }
}

const RECORD = `
  with decided as (
    update quality_gates.gate set open = $1, reasons = $2, causes = $3, by_hand = $4
    returning open, reasons, evaluated_at
  ), remembered as (
    insert into quality_gates.evaluations (
      evaluated_at, open, reasons, occasion, by, reason, trust_score,
      churn_rate, fraud_rate, engagement_rate, health_status
    )
    select evaluated_at, open, reasons, $5, $6, $7, $8, $9, $10, $11, $12 from decided
  ), raised as (
    insert into quality_gates.alerts (
      metric, severity, message, value, threshold, opened_at, updated_at
    )
    select alert.*, evaluated_at, evaluated_at
    from decided cross join jsonb_to_recordset($13::jsonb) as alert (
      metric text, severity text, message text, value float8, threshold float8
    )
    on conflict (metric) where closed_at is null do update set
      severity = excluded.severity, message = excluded.message, value = excluded.value,
      threshold = excluded.threshold, updated_at = excluded.updated_at
  ), closed as (
    update quality_gates.alerts as alert set closed_at = evaluated_at
    from decided
    where alert.closed_at is null
      and not $13::jsonb @> jsonb_build_array(jsonb_build_object('metric', alert.metric))
  ), told as (
    select waitlist.publish('gate.evaluated', payload), invites.publish('gate.evaluated', payload),
           referrals.publish('gate.evaluated', payload)
    from (
      select jsonb_build_object(
        'open', open, 'reasons', reasons, 'evaluated_at', evaluated_at
      ) as payload
      from decided
    ) as news
  )
  select count(*) as told from told`

/** Writes an evaluation: the state, the history, the alerts, and the news to those who issue. */
export const record = (db: Queryable, verdict: Verdict) => {
  const { decision, occasion, rates } = verdict
  return db.query(RECORD, [
    decision.open,
    decision.reasons,
    JSON.stringify(decision.causes),
    decision.by_hand && JSON.stringify(decision.by_hand),
    occasion.name,
    occasion.by,
    occasion.reason,
    verdict.trust_score,
    rates.churn_rate,
    rates.fraud_rate,
    rates.engagement_rate,
    verdict.health_status,
    JSON.stringify(verdict.alerts),
  ])
}
