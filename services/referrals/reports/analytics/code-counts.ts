import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { startOfDay } from '../period.ts'

export type CodeCounts = { activeCodes: number; expiredCodes: number }

const today = startOfDay(0)
const nextHour = sql`date_trunc('hour', now(), 'UTC') + interval '1 hour'`

const counted = sql`
  select fact, at, n from referrals.report_counts where fact = 'codes' and at > '-infinity'
  union all
  select fact, at, n from referrals.report_counts
  where fact = 'code_hours' and at >= ${today} and at < ${nextHour}
  union all
  select fact, at, n from referrals.report_changes
  where fact = 'codes' or fact = 'code_hours' and at >= ${today} and at < ${nextHour}`

const notEndedYet = sql`
  select count(*) from referrals.referral_codes
  where is_active and expires_at > now() and expires_at < ${nextHour}`

// Expired have the codes of the days before and those of today's hours, except those of this hour
// that have not ended yet.
const countCodes = sql`
  select total - expired as "activeCodes", expired as "expiredCodes"
  from (
    select coalesce(sum(n) filter (where fact = 'codes'), 0) as total,
           coalesce(sum(n) filter (where fact = 'code_hours' or at < ${today}), 0)
             - (${notEndedYet}) as expired
    from (${counted}) as counted
  ) as codes`

/** Counts the referral codes that are valid now and those that have expired. */
export const readCodeCounts = async (db: Queryable): Promise<CodeCounts> =>
  (await db.query<CodeCounts>(countCodes)).rows[0] as CodeCounts
