// SQL: what referrers have at a moment: their place on the leaderboard, referrals, codes and rewards.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { balances, isCodes, type RewardRules } from '../rewards/targets.ts'
import { type PointRules, pointsOf } from './points.ts'
import type { ReviewedReferrer } from './review-body.ts'

/** Most referrers that a report lists. */
const LISTED = 20
/** Members beyond this place have no rank. */
const RANKED = 10_000

export type Totals = {
  member_id: string
  rank: number | null
  referrals: number
  counted: number
  converted: number
  codes: number
  rewards: number
}
export type CurrentTotals = Totals & {
  email: string | null
  is_blocked: boolean
  used: number
  claimed: number
}

/** Returns those of the members who have the most referrals. */
export const chooseListed = async (
  db: Queryable,
  members: readonly string[],
): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>(sql`
    select id from unnest(${members}::uuid[]) as member (id)
    left join referrals.referrer_totals as totals on totals.user_id = id
    order by total desc nulls last, id
    limit ${LISTED}`)
  return rows.map(({ id }) => id)
}

// In the order of the leaderboard.
const ranked = sql`
  select user_id,
         row_number() over (
           order by converted desc, counted desc, total desc, first_at, user_id
         ) as rank
  from referrals.referrer_totals
  join referrals.members on id = user_id
  where total > 0 and blocked_at is null and person not like 'erased-%'
  order by rank
  limit ${RANKED}`

// What is too much of a reward is taken back, except what was used or claimed.
const rewards = sql`
  select user_id,
         coalesce(sum(greatest(least(net, target), used)) filter (where is_codes), 0) as codes,
         coalesce(sum(used) filter (where is_codes), 0) as used,
         coalesce(sum(greatest(least(net, target), claimed)) filter (where not is_codes), 0)
           as rewards,
         coalesce(sum(claimed) filter (where not is_codes), 0) as claimed
  from balances
  join (
    select user_id, grant_key, bool_or(${isCodes}) as is_codes,
           coalesce(sum(amount - voided) filter (where is_claimed), 0) as claimed,
           sum((select count(*) from referrals.reward_code_uses where reward_id = reward.id)) as used
    from referrals.user_rewards as reward
    where user_id in (select id from subjects)
    group by user_id, grant_key
  ) as facts using (user_id, grant_key)
  group by user_id`

/** Returns what members have, in their order, with what is being taken back already subtracted. */
export const readTotals = async (
  db: Queryable,
  members: readonly string[],
  rules: RewardRules,
): Promise<CurrentTotals[]> => {
  const { rows } = await db.query<CurrentTotals>(sql`
    with ranked as materialized (${ranked}),
    subjects as materialized (
      select id, masked, blocked_at is not null as is_blocked
      from referrals.members where id = any (${members}::uuid[])
    ),
    ${balances(rules)},
    rewards as (${rewards})
    select subjects.id as member_id, masked as email, is_blocked, ranked.rank,
           coalesce(totals.total, 0) as referrals, coalesce(totals.counted, 0) as counted,
           coalesce(totals.converted, 0) as converted, coalesce(codes, 0) as codes,
           coalesce(rewards, 0) as rewards, coalesce(used, 0) as used,
           coalesce(claimed, 0) as claimed
    from subjects
    left join referrals.referrer_totals as totals on totals.user_id = subjects.id
    left join ranked on ranked.user_id = subjects.id
    left join rewards on rewards.user_id = subjects.id
    order by array_position(${members}::uuid[], subjects.id)`)
  return rows
}

const none = { rank: null, referrals: 0, counted: 0, converted: 0, codes: 0, rewards: 0 }

type Comparison = { before: readonly Totals[]; after: readonly CurrentTotals[]; rules: PointRules }

/** Returns each member as they were and as they are. */
export const compare = ({ before, after, rules }: Comparison): ReviewedReferrer[] =>
  after.map((now) => {
    const then = before.find(({ member_id }) => member_id === now.member_id) ?? none
    const change = (name: 'referrals' | 'counted' | 'converted' | 'codes' | 'rewards') => ({
      before: then[name],
      after: now[name],
    })
    return {
      member_id: now.member_id,
      email: now.email,
      is_blocked: now.is_blocked,
      rank: { before: then.rank, after: now.rank },
      referrals: change('referrals'),
      counted: change('counted'),
      points: {
        before: pointsOf(rules, then.counted),
        after: pointsOf(rules, now.counted),
      },
      converted: change('converted'),
      codes: { ...change('codes'), used: now.used },
      rewards: { ...change('rewards'), claimed: now.claimed },
    }
  })
