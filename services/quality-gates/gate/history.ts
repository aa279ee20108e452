import { inChunks } from '@vobee/shared/data/chunks'
import type { Queryable } from '@vobee/shared/data/database'
import { raw, type Sql, sql } from '@vobee/shared/data/sql'
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

// Each table, its key, and the time of a row.
const stored = [
  ['evaluations', 'evaluated_at', 'evaluated_at'],
  ['alerts', 'id', 'closed_at'],
  ['processed_events', 'digest', 'processed_at'],
].map((names) => names.map((name) => raw(name as string)))

/**
 * Deletes evaluations, closed alerts and digests of processed events older than `days`, a chunk at a
 * time.
 */
export const deleteHistory = async (db: Queryable, days: number, chunk?: number) => {
  for (const [table, key, time] of stored as [Sql, Sql, Sql][]) {
    const older = (limit: number) => sql`
      delete from quality_gates.${table} where ${key} = any (array(
        select ${key} from quality_gates.${table}
        where ${time} < now() - make_interval(days => ${days})
        order by ${time} limit ${limit}
        for update skip locked
      ))`
    await inChunks(db, older, chunk)
  }
}
