import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { ReferralAge } from './quality-score.ts'

export type ReferralTotals = ReferralAge & { counted: number }

/**
 * Returns the referrals of a person that are neither void nor expired, by age in whole days: 0 … 29,
 * and 30 for all older ones.
 */
export const countReferralsByAge = async (
  db: Queryable,
  person: string,
): Promise<ReferralTotals[]> => {
  const { rows } = await db.query<ReferralTotals>(sql`
    select least(greatest(extract(day from now() - referral.created_at), 0), 30)::int as days,
           count(*) as referrals,
           count(*) filter (where referral.state = 'counted') as counted
    from referrals.members as member
    join referrals.referrals as referral on referral.referrer_user_id = member.id
    where member.person = ${person} and referral.state <> 'void'
      and (referral.state <> 'claimed' or referral.expires_at > now())
    group by days`)
  return rows
}
