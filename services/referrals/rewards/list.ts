// SQL: the rewards of a member.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { rewardValue } from './claim.ts'
import { isCodes } from './targets.ts'

export type ListedReward = {
  id: string
  rewardType: string
  rewardValue: Record<string, unknown>
  status: 'granted' | 'claimable' | 'claimed' | 'expired' | 'void'
  createdAt: string
  claimedAt: string | null
  expiresAt: string | null
}

/** Most rewards in a reply. */
const MOST = 500

const status = sql`
  case when voided = amount then 'void'
       when ${isCodes} then 'granted'
       when is_claimed then 'claimed'
       when expired_at is not null or expires_at <= now() then 'expired'
       else 'claimable' end`

/** Returns the rewards of a member, by id: those to claim first, then the newest. */
export const listRewards = async (db: Queryable, member: string): Promise<ListedReward[]> => {
  const { rows } = await db.query<ListedReward>(sql`
    select id, reward_type as "rewardType", ${rewardValue} as "rewardValue", status,
           created_at as "createdAt",
           case when not ${isCodes} then claimed_at end as "claimedAt", expires_at as "expiresAt"
    from referrals.user_rewards cross join lateral (select ${status} as status) as derived
    where user_id = ${member}
    order by status = 'claimable' desc, created_at desc, id
    limit ${MOST}`)
  return rows
}
