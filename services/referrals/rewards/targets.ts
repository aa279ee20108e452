// SQL: what each member should have of each reward, by the referrals of this moment.
import { type Sql, sql } from '@vobee/shared/data/sql'
import { qualityScore } from './quality-score.ts'
import type { Threshold } from './reward-tiers.ts'

export type RewardRules = {
  thresholds: readonly Threshold[]
  /** Days of free premium for each conversion. */
  rewardDays: number
  /** Whether a redemption earns free premium as a payment does. */
  onRedemption: boolean
}

/** The rewards of these types are invite codes: invites mints them. */
export const isCodes = sql`reward_type in ('invite_codes', 'quality_bonus')`

const thresholdRows = (thresholds: readonly Threshold[]) => sql`
  select * from jsonb_to_recordset(${JSON.stringify(thresholds)}::jsonb) as threshold (
    grant_key text, reward_type text, amount int, value jsonb, counted int, converted int,
    quality float8
  )`

/** Whether a grant, `reward`, has such a recall: looked up in the index, for each grant. */
export const hasRecall = (condition: Sql) => sql`
  coalesce((
    select true from referrals.code_recalls
    where reward_id = reward.id and ${condition} limit 1
  ), false)`

/** What each subject has of each key. A key with an open recall is frozen until the answer. */
const held = sql`
  select user_id, grant_key, sum(amount - voided) as net, bool_or(is_open) as is_frozen
  from subjects
  join referrals.user_rewards as reward on reward.user_id = subjects.id
  cross join lateral (
    select ${hasRecall(sql`answered_at is null`)} as is_open
  ) as recall
  group by user_id, grant_key`

// Reads no more rows than the greatest threshold needs.
const reaches = (condition: Sql, least: Sql) => sql`
  ${least} <= (
    select count(*) from (
      select from referrals.referrals
      where referrer_user_id = subjects.id and state = 'counted' and ${condition}
      limit ${least}
    ) as first
  )`

// A blocked member has earned nothing, from the moment of the block on. A bonus for quality stays
// when the score falls. The steps of a case run in this order.
const isReached = sql`
  case when subjects.is_blocked then false
       when not ${reaches(sql`true`, sql`threshold.counted`)} then false
       when threshold.converted > 0
         then ${reaches(sql`status = 'converted'`, sql`threshold.converted`)}
       when threshold.quality is null or held.net > 0 then true
       else threshold.quality < ${qualityScore(sql`subjects.id`)} end`

const byThreshold = sql`
  select subjects.id as user_id, threshold.grant_key, reward_type, value, null::uuid as referral_id,
         case when ${isReached} then threshold.amount else 0 end as target
  from subjects cross join thresholds as threshold
  left join held on held.user_id = subjects.id and held.grant_key = threshold.grant_key`

// The offset makes Postgres look up the conversions of each member in their index.
const byConversion = ({ rewardDays, onRedemption }: RewardRules) => sql`
  select subjects.id, 'free_premium:' || paid.id, 'free_premium',
         jsonb_build_object('days', ${rewardDays}::int), paid.id, 1
  from subjects cross join lateral (
    select id from referrals.referrals
    where referrer_user_id = subjects.id and status = 'converted' and state = 'counted'
      and (paid_at is not null or ${onRedemption}::boolean)
    offset 0
  ) as paid
  where not subjects.is_blocked`

// A threshold that the setting no longer names takes back by the number in its key.
const retiredTarget = sql`
  case when subjects.is_blocked or held.grant_key like 'free_premium:%' then 0
       when held.grant_key ~ '^[a-z_]+:[0-9]+$' and not ${reaches(
         sql`true`,
         sql`split_part(held.grant_key, ':', 2)::int`,
       )} then 0
       else held.net end`

/**
 * CTEs: `balances` has what each of `subjects (id, is_blocked)` has, and should have, of each reward.
 */
export const balances = (rules: RewardRules): Sql => sql`
  thresholds as (${thresholdRows(rules.thresholds)}),
  held as (${held}),
  wanted as (${byThreshold} union all ${byConversion(rules)}),
  balances as (
    select user_id, grant_key, reward_type, value, referral_id, target,
           coalesce(net, 0) as net, coalesce(is_frozen, false) as is_frozen
    from wanted left join held using (user_id, grant_key)
    union all
    select user_id, grant_key, null, null, null, ${retiredTarget}, net, is_frozen
    from held join subjects on subjects.id = held.user_id
    where not exists (
      select from wanted
      where wanted.user_id = held.user_id and wanted.grant_key = held.grant_key
    )
  )`
