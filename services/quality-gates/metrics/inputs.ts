// What the host reported and what the events of seven days count.
import type { Queryable } from '@vobee/shared/data/database'
import type { Count, Inputs, RateName, Report } from './metrics.ts'

export type NewReports = {
  rates: { [Name in RateName]?: number | undefined }
  window: string | null
  by: string
}

/** Keeps what the host reports, as of the evaluation that holds the gate. */
export const report = (db: Queryable, at: string, { rates, window, by }: NewReports) => {
  const given = Object.entries(rates).filter(([, value]) => value !== undefined)
  return db.query(
    `insert into quality_gates.reports (metric, value, period, reported_at, reported_by)
     select metric, value, $3, $4, $5
     from unnest($1::text[], $2::float8[]) as given (metric, value)
     on conflict (metric) do update set
       value = excluded.value, period = excluded.period,
       reported_at = excluded.reported_at, reported_by = excluded.reported_by`,
    [given.map(([metric]) => metric), given.map(([, value]) => value), window, at, by],
  )
}

const readReports = async (db: Queryable): Promise<Inputs['reports']> => {
  const { rows } = await db.query<Report & { metric: RateName }>(
    'select metric, value, period as window, reported_at from quality_gates.reports',
  )
  return Object.fromEntries(rows.map(({ metric, ...given }) => [metric, given]))
}

const readCounts = async (db: Queryable): Promise<Inputs['counts']> => {
  const { rows } = await db.query<Count & { kind: string }>(
    `select kind, sum(count) as count, max(counted_at) as counted_at
     from quality_gates.daily_counts
     where day > (now() at time zone 'utc')::date - 7
     group by kind`,
  )
  return Object.fromEntries(rows.map(({ kind, ...counted }) => [kind, counted]))
}

export const readInputs = async (db: Queryable, at: string): Promise<Inputs> => ({
  at,
  reports: await readReports(db),
  counts: await readCounts(db),
})
