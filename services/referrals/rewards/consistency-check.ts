// SQL: compares counted referrals and the ledger of rewards with the rows behind them.
import type { Queryable } from '@vobee/shared/data/database'
import { join, sql } from '@vobee/shared/data/sql'
import type { Comparison } from '@vobee/shared/ops/consistency-results'
import { recomputeReports } from '../reports/consistency-check.ts'

// A counted referral is the only one of its referred person, who joined and confirmed and is not
// the referrer.
const counted = sql`
  select 'counted_referrals' as name,
         count(distinct referral.referred_user_id) filter (where is_due) as expected,
         count(*) as found,
         count(*) - count(distinct referral.referred_user_id) filter (where is_due) as wrong
  from referrals.referrals as referral
  join referrals.members as referred on referred.id = referral.referred_user_id
  cross join lateral (
    select referred.joined_at is not null and referred.confirmed
      and referral.referrer_user_id <> referral.referred_user_id
      and referral.counted_at is not null as is_due
  ) as due
  where referral.state = 'counted'`

// The key of a grant names the counted referrals that it requires: `invite_codes:3`.
const granted = sql`
  select 'grants_earned' as name,
         count(*) filter (where is_earned) as expected,
         count(*) as found,
         count(*) filter (where not is_earned) as wrong
  from (
    select coalesce(counted.n, 0) >= split_part(reward.grant_key, ':', 2)::int as is_earned
    from referrals.user_rewards as reward
    left join (
      select referrer_user_id, count(*) as n
      from referrals.referrals where state = 'counted' group by referrer_user_id
    ) as counted on counted.referrer_user_id = reward.user_id
    where reward.reward_type = 'invite_codes'
  ) as grants`

const used = sql`
  select 'granted_codes_used' as name,
         coalesce(sum(least(used.n, (reward.reward_value ->> 'codes')::int)), 0) as expected,
         coalesce(sum(used.n), 0) as found,
         count(*) filter (where used.n > coalesce((reward.reward_value ->> 'codes')::int, 0)) as wrong
  from (
    select reward_id, count(*) as n from referrals.reward_code_uses group by reward_id
  ) as used
  left join referrals.user_rewards as reward on reward.id = used.reward_id`

/**
 * Recomputes: one credit per referred person, each grant earned by counted referrals, and no grant
 * used more often than it allows. Recomputes the counts of the reports, too.
 */
export const recompute = async (db: Queryable): Promise<Comparison[]> => {
  const { rows } = await db.query<Comparison>(join([counted, granted, used], ' union all '))
  return [...rows, ...(await recomputeReports(db))]
}
