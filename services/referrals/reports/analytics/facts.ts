// SQL: the sums that the analytics are computed from.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { countsOfAll, countsSince } from '../counts.ts'
import { type Period, startOf } from '../period.ts'

/** A sum of a fact. `key` is the source of referrals, or the bucket of a time to convert. */
export type FactSum = { fact: string; key: string; n: number }

const FACTS = ['invited', 'referred', 'joined', 'counted', 'converted', 'convert_time', 'rewards']

/** Returns the sums of a period, and how many members there are. */
export const readFacts = async (db: Queryable, period: Period): Promise<FactSum[]> => {
  const counts = period === 'all' ? countsOfAll(FACTS) : countsSince(FACTS, startOf(period))
  const { rows } = await db.query<FactSum>(sql`
    select fact, key, sum(n) as n
    from (${counts} union all ${countsOfAll(['members'])}) as counted
    group by fact, key`)
  return rows
}

export type Cohort = {
  week: string
  totalReferrals: number
  joinedReferrals: number
  countedReferrals: number
  convertedReferrals: number
}

const thisWeek = sql`date_trunc('week', now(), 'UTC')`
const COHORT_FACTS = ['referred', 'joined', 'counted', 'converted']

const sumOf = (fact: string) => sql`coalesce(sum(n) filter (where fact = ${fact}), 0)`

/** Returns the referrals of a period, at most a year, by the week in which they were created. */
export const readCohorts = async (db: Queryable, period: Period): Promise<Cohort[]> => {
  const since = period === 'all' ? sql`${thisWeek} - interval '51 weeks'` : startOf(period)
  const { rows } = await db.query<Cohort>(sql`
    with counts as (
      select date_trunc('week', at, 'UTC') as week, fact, n
      from (${countsSince(COHORT_FACTS, since)}) as counted
    )
    select (week at time zone 'UTC')::date as week,
           ${sumOf('referred')} as "totalReferrals", ${sumOf('joined')} as "joinedReferrals",
           ${sumOf('counted')} as "countedReferrals",
           ${sumOf('converted')} as "convertedReferrals"
    from generate_series(
      (select min(week) from counts where n > 0), ${thisWeek}, interval '168 hours'
    ) as week
    left join counts using (week)
    group by week
    order by week`)
  return rows
}
