import { type Database, type Queryable, transaction } from '@vobee/shared/data/database'
import type { Rates } from '../trust/trust-score.ts'
import type { HealthStatus } from './health.ts'

export type PastEvaluation = Rates & {
  evaluated_at: string
  occasion: string
  by: string | null
  reason: string | null
  invites_allowed: boolean
  reasons: string[]
  trust_score: number
  health_status: HealthStatus
}

/** The latest evaluations, newest first. */
export const readHistory = async (db: Queryable, limit: number): Promise<PastEvaluation[]> => {
  const { rows } = await db.query<PastEvaluation>(
    `select evaluated_at, occasion, by, reason, open as invites_allowed, reasons, trust_score,
            churn_rate, fraud_rate, engagement_rate, health_status
     from quality_gates.evaluations
     order by evaluated_at desc limit $1`,
    [limit],
  )
  return rows
}

const PRUNE = `
  with past as (
    select now() - make_interval(days => $1) as until
  ), evaluations as (
    delete from quality_gates.evaluations using past where evaluated_at < until
  ), alerts as (
    delete from quality_gates.alerts using past where closed_at < until
  )
  delete from quality_gates.heard using past where heard_at < until`

/** ms: after a long rest of the job there may be much to forget. */
const PRUNE_MS = 60_000

/** Forgets evaluations, closed alerts and digests of events that are older than `days`. */
export const prune = (db: Database, days: number) =>
  transaction(db, async (connection) => {
    await connection.query(`select set_config('statement_timeout', $1, true)`, [`${PRUNE_MS}ms`])
    const query = { text: PRUNE, values: [days], query_timeout: PRUNE_MS }
    await connection.query(query)
  })
