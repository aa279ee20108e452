import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { countsSince } from './counts.ts'
import { startOfDay } from './period.ts'

export type TrendDay = { date: string; signups: number; conversions: number }

/** Returns the last days until today, oldest first. */
export const readTrends = async (db: Queryable, days: number): Promise<TrendDay[]> => {
  const first = startOfDay(days - 1)
  const { rows } = await db.query<TrendDay>(sql`
    with counts as (
      select (at at time zone 'UTC')::date as date, fact, n
      from (${countsSince(['joined', 'conversions'], first)}) as counted
    )
    select date::date,
           coalesce(sum(n) filter (where fact = 'joined'), 0) as signups,
           coalesce(sum(n) filter (where fact = 'conversions'), 0) as conversions
    from (
      select today - ago as date
      from (select (now() at time zone 'UTC')::date as today) as clock
      cross join generate_series(0, ${days - 1}::int) as ago
    ) as calendar
    left join counts using (date)
    group by date
    order by date`)
  return rows
}
