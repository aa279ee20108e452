// SQL: what a person who names a referral code needs. The caller holds `lockAttribution`.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { mayCount } from '../fraud/may-count.ts'

export type CodeOwner = {
  code_id: string
  referrer: string
  is_valid: boolean
}

/** A referrer, the person that they refer, and the code, by id. */
export type Tracked = { referrer: string; referred: string; code_id: string }

/** Returns the owner of a code; null for an unknown code. A code of a blocked member is not valid. */
export const findOwner = async (db: Queryable, code: string): Promise<CodeOwner | null> => {
  const { rows } = await db.query<CodeOwner>(sql`
    select code.id as code_id, user_id as referrer,
           is_active and expires_at > now() and blocked_at is null as is_valid
    from referrals.referral_codes as code
    join referrals.members as member on member.id = user_id
    where code = upper(${code})`)
  return rows[0] ?? null
}

// A join that broke a rule, such as one with an expired code, referred nobody.
const isReferred = (referred: string) => sql`
  exists (
    select from referrals.referrals
    where referred_user_id = ${referred} and state <> 'claimed'
      and (state <> 'void' or reason not in ('self_referral', 'code_expired', 'ring'))
  )`

const closesRing = ({ referrer, referred }: Tracked) => sql`
  with recursive above as (
    select ${referrer}::uuid as id
    union
    select referrer_user_id
    from above join referrals.referrals on referred_user_id = above.id
    where ${mayCount}
  )
  select exists (select from above where id = ${referred}) as closes_ring`

/** Returns whether a person has a referrer, and whether the new one would close a ring. */
export const findObstacles = async (db: Queryable, tracked: Tracked) => {
  const { rows } = await db.query<{ is_referred: boolean; closes_ring: boolean }>(sql`
    select ${isReferred(tracked.referred)} as is_referred, ring.*
    from (${closesRing(tracked)}) as ring`)
  return rows[0] as { is_referred: boolean; closes_ring: boolean }
}

/** Inserts a referral by code, in the row of a claim of the same referrer if there is one. */
export const insertTracked = async (db: Queryable, { referrer, referred, code_id }: Tracked) => {
  const { rows } = await db.query<{ id: string; person: string }>(sql`
    with joined as (
      update referrals.members as member
      set joined_at = coalesce(joined_at, now()), brought_code = coalesce(brought_code, code)
      from referrals.referral_codes as code
      where member.id = ${referred} and code.id = ${code_id}
      returning person
    )
    insert into referrals.referrals as referral
      (referrer_user_id, referred_user_id, referral_code_id, source, state)
    values (${referrer}, ${referred}, ${code_id}, 'code', 'joined')
    on conflict (referrer_user_id, referred_user_id) do update set
      referral_code_id = excluded.referral_code_id, source = 'code', state = 'joined',
      reason = null, status = 'pending', expires_at = null
    returning id, (select person from joined) as person`)
  return rows[0] as { id: string; person: string }
}
