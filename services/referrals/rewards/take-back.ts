// SQL: takes back what members have too much of. Claimed rewards and used codes stay.
import { type Sql, sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import { hasRecall, isCodes } from './targets.ts'

// Codes are recalled once invites has minted them. A grant of which invites revoked fewer codes than
// were requested has none left.
const canTake = sql`
  case when ${isCodes} then is_claimed and not ${hasRecall(sql`revoked < codes`)}
       else not is_claimed and expired_at is null end`

// The newest grant first.
const taking = sql`
  select id, ${isCodes} as is_codes, reason, least(available, surplus - before)::int as amount
  from (
    select reward.*, net - target as surplus, amount - voided as available,
           sum(amount - voided) over newest - (amount - voided) as before,
           case when blocked_at is null then 'referral_voided' else 'blocked' end as reason
    from (
      select user_id, grant_key, net, target from balances where net > target and not is_frozen
    ) as balance
    join referrals.user_rewards as reward using (user_id, grant_key)
    join referrals.members as member on member.id = user_id
    where voided < amount and ${canTake}
    window newest as (
      partition by user_id, grant_key order by reward.created_at desc, reward.id
    )
  ) as candidate
  where before < surplus`

const voided = sql`
  update referrals.user_rewards as reward
  set voided = voided + taking.amount, void_reason = taking.reason
  from taking
  where reward.id = any (array(select id from taking)) and reward.id = taking.id
    and not is_codes and not is_claimed and expired_at is null`

const recalled = sql`
  insert into referrals.code_recalls (reward_id, codes, reason)
  select id, amount, reason from taking where is_codes
  returning id, reward_id, codes, reason`

/** CTEs over `balances`: voids unclaimed rewards, and asks invites for codes that nobody used. */
export const takeBack: Sql = sql`
  taking as (${taking}),
  voided as (${voided}),
  recalled as (${recalled}),
  published_recalls as (${publish(
    'referrals.recalled',
    {
      recalls: [
        {
          recall_id: sql`id`,
          grant_id: sql`reward_id`,
          codes: sql`codes`,
          reason: sql`reason`,
        },
      ],
    },
    sql`recalled`,
  )})`
