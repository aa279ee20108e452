// SQL: compares counted referrals and the ledger of rewards with the rows behind them.
import type { Queryable } from '@vobee/shared/data/database'
import { join, sql } from '@vobee/shared/data/sql'
import type { Comparison } from '@vobee/shared/ops/consistency-results'
import { recomputeReports } from '../reports/consistency-check.ts'
import { isCodes } from './targets.ts'

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

// A balance above what the referrals have earned is right where nothing can be taken back: claimed
// rewards and used codes stay.
const held = sql`
  select user_id, grant_key, min(referral_id::text)::uuid as referral_id,
         sum(amount - voided) as net,
         bool_or(case when ${isCodes} then is_claimed and id not in (
             select reward_id from referrals.code_recalls where revoked < codes
           ) else not is_claimed and expired_at is null end)
           and not bool_or(id in (
             select reward_id from referrals.code_recalls where answered_at is null
           )) as can_take
  from referrals.user_rewards as reward
  where voided < amount
  group by user_id, grant_key`

const counts = sql`
  select referrer_user_id as user_id, count(*) as counted
  from referrals.referrals where state = 'counted' group by referrer_user_id`

// The key of a grant names the counted referrals that it requires (`invite_codes:3`), or the one.
const isEarned = sql`
  case when held.referral_id is not null
         then referral.state = 'counted' and referral.status = 'converted'
       when held.grant_key ~ '^[a-z_]+:[0-9]+$'
         then coalesce(counts.counted, 0) >= split_part(held.grant_key, ':', 2)::int
       else coalesce(counts.counted, 0) > 0 end`

const earned = sql`
  select 'grants_earned' as name,
         count(*) filter (where not is_wrong) as expected,
         count(*) as found,
         count(*) filter (where is_wrong) as wrong
  from (
    select can_take and not ${isEarned} as is_wrong
    from (${held}) as held
    left join (${counts}) as counts using (user_id)
    left join referrals.referrals as referral on referral.id = held.referral_id
  ) as balance`

const ledger = sql`
  select 'reward_entries' as name,
         coalesce(sum(amount - voided), 0) as expected,
         coalesce(sum(entry.granted - entry.voided_in_all), 0) as found,
         count(*) filter (where reward.id is null
           or (amount, voided, is_claimed, expired_at is not null) is distinct from
              (entry.granted, entry.voided_in_all, entry.has_claim, entry.has_expired)) as wrong
  from referrals.user_rewards as reward
  full join (
    select reward_id,
           coalesce(sum(amount) filter (where kind = 'grant'), 0) as granted,
           coalesce(sum(amount) filter (where kind = 'void'), 0) as voided_in_all,
           bool_or(kind = 'claim') as has_claim, bool_or(kind = 'expire') as has_expired
    from referrals.reward_entries group by reward_id
  ) as entry on entry.reward_id = reward.id`

// A recall that is open for an hour shows that invites does not answer.
const recalls = sql`
  select 'recalled_codes' as name,
         coalesce(sum(reward.voided), 0) as expected,
         coalesce(sum(recall.revoked), 0) as found,
         count(*) filter (where reward.voided <> coalesce(recall.revoked, 0) or is_late) as wrong
  from referrals.user_rewards as reward
  left join (
    select reward_id, sum(revoked) as revoked,
           bool_or(answered_at is null and requested_at < now() - interval '1 hour') as is_late
    from referrals.code_recalls group by reward_id
  ) as recall on recall.reward_id = reward.id
  where ${isCodes}`

const used = sql`
  select 'granted_codes_used' as name,
         coalesce(sum(least(used.n, reward.amount)), 0) as expected,
         coalesce(sum(used.n), 0) as found,
         count(*) filter (where used.n > coalesce(reward.amount, 0)) as wrong
  from (
    select reward_id, count(*) as n from referrals.reward_code_uses group by reward_id
  ) as used
  left join referrals.user_rewards as reward on reward.id = used.reward_id`

/**
 * Recomputes: one credit per referred person, the ledger of each grant, each grant earned by referrals
 * or impossible to take back, and no grant used more often than it allows. And the reports.
 */
export const recompute = async (db: Queryable): Promise<Comparison[]> => {
  const comparisons = [counted, ledger, earned, recalls, used]
  const { rows } = await db.query<Comparison>(join(comparisons, ' union all '))
  return [...rows, ...(await recomputeReports(db))]
}
