// Claiming a reward: by its own member, once, before it expires. Invite codes are not claimed: invites
// mints them when they are granted.
import type { Queryable } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import { isCodes } from './targets.ts'

export type ClaimedReward = {
  id: string
  rewardType: string
  rewardValue: Record<string, unknown>
  claimedAt: string
}
export type Claim =
  | { outcome: 'claimed'; reward: ClaimedReward }
  | { outcome: 'expired' }
  | { outcome: 'not_found' }

/** SQL: what a reward is worth, without what an admin wrote. */
export const rewardValue: Sql = sql`reward_value - 'override_reason'`

const isUnclaimed = sql`not is_claimed and voided < amount and not ${isCodes}`
const isExpired = sql`(expired_at is not null or coalesce(expires_at <= now(), false))`

const isOwn = (member: string, reward: string) =>
  sql`id = ${reward}::uuid and user_id = ${member}::uuid`

const claim = (member: string, reward: string) => sql`
  update referrals.user_rewards set is_claimed = true, claimed_at = now()
  where ${isOwn(member, reward)} and ${isUnclaimed} and not ${isExpired}
  returning id, reward_type as "rewardType", ${rewardValue} as "rewardValue",
            claimed_at as "claimedAt"`

const findExpired = (member: string, reward: string) => sql`
  select from referrals.user_rewards
  where ${isOwn(member, reward)} and ${isUnclaimed} and ${isExpired}`

/** Claims a reward of a member, by id. Of any number of callers one succeeds. */
export const claimReward = async (
  db: Queryable,
  member: string,
  reward: string,
): Promise<Claim> => {
  const { rows } = await db.query<ClaimedReward>(claim(member, reward))
  if (rows[0]) return { outcome: 'claimed', reward: rows[0] }
  const { rowCount } = await db.query(findExpired(member, reward))
  return { outcome: rowCount === 0 ? 'not_found' : 'expired' }
}
