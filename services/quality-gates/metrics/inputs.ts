// SQL: the reports of the host, and the event counts of seven days.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { EventCount, MetricInputs, RateName, Report } from './rates.ts'

export type NewReports = {
  rates: { [Name in RateName]?: number | undefined }
  window: string | null
  by: string
}

/** Stores what the host reports, at the time of the evaluation that holds the gate. */
export const storeReports = (db: Queryable, at: string, { rates, window, by }: NewReports) => {
  const given = Object.entries(rates).filter(([, value]) => value !== undefined)
  return db.query(sql`
    insert into quality_gates.reports (metric, value, period, reported_at, reported_by)
    select metric, value, ${window}, ${at}, ${by}
    from unnest(${given.map(([metric]) => metric)}::text[],
                ${given.map(([, value]) => value)}::float8[]) as report (metric, value)
    on conflict (metric) do update set
      value = excluded.value, period = excluded.period,
      reported_at = excluded.reported_at, reported_by = excluded.reported_by`)
}

const readReports = async (db: Queryable): Promise<MetricInputs['reports']> => {
  const { rows } = await db.query<Report & { metric: RateName }>(
    sql`select metric, value, period as window, reported_at from quality_gates.reports`,
  )
  return Object.fromEntries(rows.map(({ metric, ...report }) => [metric, report]))
}

const readCounts = async (db: Queryable): Promise<MetricInputs['counts']> => {
  const { rows } = await db.query<EventCount & { kind: string }>(sql`
    select kind, sum(count) as count, max(counted_at) as counted_at
    from quality_gates.daily_counts
    where day > (now() at time zone 'utc')::date - 7
    group by kind`)
  return Object.fromEntries(rows.map(({ kind, ...count }) => [kind, count]))
}

export const readInputs = async (db: Queryable, at: string): Promise<MetricInputs> => ({
  at,
  reports: await readReports(db),
  counts: await readCounts(db),
})
