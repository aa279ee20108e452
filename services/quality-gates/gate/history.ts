import { type Database, type Queryable, runLong, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { pageOf } from '@vobee/shared/http/cursor'
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

/** `evaluated_at` to the microsecond. */
export type Key = [evaluated_at: string]

/** Returns a page of the evaluations before a key, newest first. */
export const readHistory = async (
  db: Queryable,
  { before, limit }: { before: Key | null; limit: number },
) => {
  const until = before?.[0] ?? null
  const { rows } = await db.query<PastEvaluation & { key: string }>(sql`
    select evaluated_at::text as key, evaluated_at, occasion, by, reason, open as invites_allowed, reasons, trust_score,
           churn_rate, fraud_rate, engagement_rate, health_status
    from quality_gates.evaluations
    where ${until}::timestamptz is null or evaluated_at < ${until}
    order by evaluated_at desc limit ${limit + 1}`)
  return pageOf(rows, limit, (row): Key => [row.key])
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
