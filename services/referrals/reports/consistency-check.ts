// SQL: compares the counts of the reports with the rows that they count.
import type { Queryable } from '@vobee/shared/data/database'
import { join, raw, type Sql, sql } from '@vobee/shared/data/sql'
import type { Comparison } from '@vobee/shared/ops/consistency-results'

/** Both sides have the columns of the key, `n`, and `more` that must be equal too. */
type Sides = { key: string; expected: Sql; found: Sql }

const compare = (name: string, { key, expected, found }: Sides) => sql`
  select ${name}::text as name, coalesce(sum(expected.n), 0) as expected,
         coalesce(sum(found.n), 0) as found,
         count(*) filter (
           where coalesce(expected.n, 0) <> coalesce(found.n, 0)
             or coalesce(expected.n, 0) > 0 and expected.more is distinct from found.more
         ) as wrong
  from (${expected}) as expected
  full join (${found}) as found using (${raw(key)})`

const none = sql`null::text as more`

const facts = compare('report_counts', {
  key: 'fact, at, key',
  expected: sql`select *, ${none} from referrals.recomputed_counts`,
  found: sql`
    select fact, at, key, sum(n) as n, ${none}
    from (
      select * from referrals.report_counts where at > '-infinity'
      union all
      select * from referrals.report_changes
    ) as counted
    group by fact, at, key`,
})

const sums = compare('report_sums', {
  key: 'fact, key',
  expected: sql`
    select fact, key, sum(n) as n, ${none} from referrals.report_counts
    where at > '-infinity' and fact <> 'code_hours' group by fact, key`,
  found: sql`select fact, key, n, ${none} from referrals.report_counts where at = '-infinity'`,
})

const dayOf = sql`user_id, day, total as n, (counted, converted, earning, first_at)::text as more`

const days = compare('referrer_days', {
  key: 'user_id, day',
  expected: sql`select ${dayOf} from referrals.recomputed_days`,
  found: sql`select ${dayOf} from referrals.referrer_days`,
})

// The sums of a period that a day has left are not compared: no report reads them.
const totalOf = (sums: Sql) => sql`
  select user_id, sums.total as n,
         (sums.counted, sums.converted, sums.earning, sums.first_at)::text
           || case when totals.rolls_on <= (now() at time zone 'UTC')::date then '' else (
                sums.month_total, sums.month_counted, sums.month_converted, sums.month_first_at,
                sums.week_total, sums.week_counted, sums.week_converted, sums.week_first_at,
                sums.rolls_on
              )::text end as more
  from ${sums} as sums left join referrals.referrer_totals as totals using (user_id)`

const totals = compare('referrer_totals', {
  key: 'user_id',
  expected: totalOf(sql`referrals.referrer_sums`),
  found: totalOf(sql`referrals.referrer_totals`),
})

/** Compares every count of the reports with a recount. */
export const recomputeReports = async (db: Queryable): Promise<Comparison[]> => {
  const { rows } = await db.query<Comparison>(join([facts, sums, days, totals], ' union all '))
  return rows
}
