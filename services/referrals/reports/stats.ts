import type { Queryable } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'

export type MemberStats = {
  totalReferrals: number
  convertedReferrals: number
  countedReferrals: number
  totalRewardsEarned: number
}

// Claims that ran out stop counting at once; a job marks them within a minute.
const overdue = (member: string) => sql`
  select count(*) as n from referrals.referrals
  where referrer_user_id = ${member}
    and state = 'claimed' and status = 'pending' and expires_at <= now()`

/** Returns the totals of a member, by id. */
export const readStats = async (db: Queryable, member: string): Promise<MemberStats> => {
  const { rows } = await db.query<MemberStats>(
    prepared(
      'stats',
      sql`
        select coalesce(total, 0) - overdue.n as "totalReferrals",
               coalesce(converted, 0) as "convertedReferrals",
               coalesce(counted, 0) as "countedReferrals",
               (select count(*) from referrals.user_rewards
                where user_id = ${member} and voided < amount) as "totalRewardsEarned"
        from (${overdue(member)}) as overdue
        left join referrals.referrer_totals on user_id = ${member}`,
    ),
  )
  return rows[0] as MemberStats
}
