// SQL: the counts that the triggers keep (migrations/008_reports.sql).
import type { Queryable } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'

const stored = (facts: readonly string[], days: Sql) => sql`
  select fact, at, key, n from referrals.report_counts where fact = any (${facts}) and ${days}`

// What no job has folded yet, and the claims that ran out since the last minute.
const recent = (facts: readonly string[]) => sql`
  select fact, at, key, n from referrals.report_changes where fact = any (${facts})
  union all
  select 'referred', date_trunc('day', created_at, 'UTC'), source, -1 from referrals.referrals
  where 'referred' = any (${facts})
    and state = 'claimed' and status = 'pending' and expires_at <= now()`

/** SQL: rows `(fact, at, key, n)` that sum up to the facts by day, from a time on. */
export const countsSince = (facts: readonly string[], since: Sql): Sql => sql`
  ${stored(facts, sql`at >= ${since}`)}
  union all
  select * from (${recent(facts)}) as recent where at >= ${since}`

/** SQL: rows that sum up to the facts of all time; `at` is no day. */
export const countsOfAll = (facts: readonly string[]): Sql => sql`
  ${stored(facts, sql`at = '-infinity'`)}
  union all
  ${recent(facts)}`

const CHUNK = 10_000

/** Adds what changed to the counts. */
export const foldChanges = async (db: Queryable): Promise<void> => {
  for (let folded = CHUNK; folded === CHUNK; ) {
    const { rows } = await db.query(sql`select referrals.fold_changes(${CHUNK}) as n`)
    folded = rows[0].n
  }
}
