import { inChunks } from '@vobee/shared/data/chunks'
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'

const deactivateExpired = (limit: number) => sql`
  update referrals.referral_codes set is_active = false
  where id = any (array(
    select id from referrals.referral_codes
    where is_active and expires_at <= now()
    order by id limit ${limit} for update skip locked
  ))`

/** Deactivates expired codes; returns how many. */
export const expireCodes = (db: Queryable) => inChunks(db, deactivateExpired)
