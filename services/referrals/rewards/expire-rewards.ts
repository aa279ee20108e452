import { inChunks } from '@vobee/shared/data/chunks'
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'

const markExpired = (limit: number) => sql`
  update referrals.user_rewards set expired_at = now()
  where id = any (array(
    select id from referrals.user_rewards
    where not is_claimed and expired_at is null and voided < amount and expires_at <= now()
    order by expires_at limit ${limit} for update skip locked
  ))`

/** Marks rewards that nobody claimed in time; returns how many. */
export const expireRewards = (db: Queryable) => inChunks(db, markExpired)
