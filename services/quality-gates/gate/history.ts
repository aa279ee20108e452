import { type Database, type Queryable, runLong, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Rates } from '../metrics/rates.ts'
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

/** Returns the latest evaluations, newest first. */
export const readHistory = async (db: Queryable, limit: number): Promise<PastEvaluation[]> => {
  const { rows } = await db.query<PastEvaluation>(sql`
    select evaluated_at, occasion, by, reason, open as invites_allowed, reasons, trust_score,
           churn_rate, fraud_rate, engagement_rate, health_status
    from quality_gates.evaluations
    order by evaluated_at desc limit ${limit}`)
  return rows
}

const deleteOlder = (days: number) => sql`
  with past as (
    select now() - make_interval(days => ${days}) as until
  ), evaluations as (
    delete from quality_gates.evaluations using past where evaluated_at < until
  ), alerts as (
    delete from quality_gates.alerts using past where closed_at < until
  )
  delete from quality_gates.processed_events using past where processed_at < until`

/** Deletes evaluations, closed alerts and digests of processed events older than `days`. */
export const deleteHistory = (db: Database, days: number) =>
  transaction(db, (connection) => runLong(connection, deleteOlder(days)))
