// SQL: the leaderboard, from the sums of each referrer in the order of its index.
import type { Queryable } from '@vobee/shared/data/database'
import { raw, type Sql, sql } from '@vobee/shared/data/sql'
import type { Period } from './period.ts'

export type Leader = {
  userId: string
  email: string | null
  totalReferrals: number
  convertedReferrals: number
  countedReferrals: number
}

type Candidate = Leader & { isFinal: boolean }

type Columns = Record<'converted' | 'counted' | 'total' | 'firstAt' | 'rollsOn', Sql>

const columnsOf = (period: Period): Columns => {
  const prefix = period === 'all' ? '' : `${period}_`
  return {
    converted: raw(`${prefix}converted`),
    counted: raw(`${prefix}counted`),
    total: raw(`${prefix}total`),
    firstAt: raw(`${prefix}first_at`),
    rollsOn: period === 'all' ? sql`null::date` : sql`rolls_on`,
  }
}

// Ascending is the order of the leaderboard.
const rank = sql`-converted, -counted, -total, first_at, user_id`

const stored = (
  { converted, counted, total, firstAt, rollsOn }: Columns,
  candidates: number,
) => sql`
  select user_id, masked, ${rollsOn} as rolls_on, ${converted} as converted,
         ${counted} as counted, ${total} as total, ${firstAt} as first_at
  from referrals.referrer_totals
  join referrals.members on id = user_id
  where ${total} > 0 and blocked_at is null and person not like 'erased-%'
  order by ${converted} desc, ${counted} desc, ${total} desc, ${firstAt}, user_id
  limit ${candidates}`

// Of some referrers a day has left the period since: their sums are computed. They only get smaller,
// so a row that still ranks before the last candidate ranks before all that follow it.
const ranked = (columns: Columns, candidates: number) => sql`
  with stored as materialized (${stored(columns, candidates)}),
  exact as (
    select user_id, masked, sums.*
    from stored
    cross join lateral (select (now() at time zone 'UTC')::date >= rolls_on as is_due) as roll
    cross join lateral (
      select stored.converted, stored.counted, stored.total, stored.first_at
      where is_due is not true
      union all
      select ${columns.converted}, ${columns.counted}, ${columns.total}, ${columns.firstAt}
      from referrals.referrer_sums
      where user_id = stored.user_id and is_due
    ) as sums
  ), last as (select * from stored order by (${rank}) desc limit 1)
  select user_id as "userId", masked as email, total as "totalReferrals",
         converted as "convertedReferrals", counted as "countedReferrals",
         (${rank}) <= (select ${rank} from last) as "isFinal"
  from exact
  order by ${rank}`

/** Returns the first `limit` members of a period; blocked and erased ones are left out. */
export const readLeaders = async (
  db: Queryable,
  period: Period,
  limit: number,
): Promise<Leader[]> => {
  for (let candidates = limit; ; candidates *= 4) {
    const { rows } = await db.query<Candidate>(ranked(columnsOf(period), candidates))
    const isAll = rows.length < candidates
    const leaders = rows.filter((row) => row.totalReferrals > 0 && (isAll || row.isFinal))
    if (isAll || leaders.length >= limit) return leaders.slice(0, limit)
  }
}
