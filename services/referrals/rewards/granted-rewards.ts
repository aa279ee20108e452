// The rewards of a member that the ledger granted, as the seed lists them.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { qualityScore } from './quality-score.ts'
import { type Tier, thresholdsOf } from './reward-tiers.ts'

type Held = Record<string, number>

export type ReferralQuality = { referred_count: number; quality_score: number; held: Held }

const none: ReferralQuality = { referred_count: 0, quality_score: 0, held: {} }

/** Returns the referrals of a person that are neither void nor expired, and what they were granted. */
export const findQuality = async (db: Queryable, person: string): Promise<ReferralQuality> => {
  const { rows } = await db.query<ReferralQuality>(sql`
    select (
             select count(*) from referrals.referrals
             where referrer_user_id = member.id and state <> 'void'
               and (state <> 'claimed' or expires_at > now())
           ) as referred_count,
           ${qualityScore(sql`member.id`)} as quality_score,
           (
             select coalesce(jsonb_object_agg(grant_key, net), '{}') from (
               select grant_key, sum(amount - voided) as net
               from referrals.user_rewards
               where user_id = member.id and reward_type in ('invite_codes', 'premium', 'quality_bonus')
               group by grant_key
             ) as balance
           ) as held
    from referrals.members as member where person = ${person}`)
  return rows[0] ?? none
}

export type GrantedReward =
  | { type: 'invite_codes' | 'quality_bonus'; amount: number; reason: string }
  | { type: 'premium'; duration: string; reason: string }

/** Returns the rewards whose last step was granted; `held` is the balance of each key. */
export const listGranted = (tiers: readonly Tier[], held: Held): GrantedReward[] =>
  tiers.flatMap((tier): GrantedReward[] => {
    const balances = thresholdsOf([tier]).map(({ grant_key }) => held[grant_key] ?? 0)
    if ((balances.at(-1) ?? 0) === 0) return []
    const { type, reason } = tier
    if (type === 'premium') return [{ type, duration: tier.duration, reason }]
    return [{ type, amount: balances.reduce((sum, net) => sum + net, 0), reason }]
  })
