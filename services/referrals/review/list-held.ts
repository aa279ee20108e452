// SQL: referrals that are held, or that were decided, with what a reviewer looks at.
import type { Queryable } from '@vobee/shared/data/database'
import { empty, join, type Sql, sql } from '@vobee/shared/data/sql'
import { pageOf } from '@vobee/shared/http/cursor'
import type { HeldReferral, ReviewState } from './held-referral.ts'

/** `created_at` to the microsecond, and the id. */
export type Key = [created_at: string, id: string]

export type HeldFilter = {
  state: ReviewState
  /** By id. */
  referrer: string | null
  min_score: number
}

const inState: Record<ReviewState, Sql> = {
  held: sql`state = 'held'`,
  approved: sql`decision = 'approved'`,
  void: sql`state = 'void'`,
}

const exactTime = sql`
  to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

// The same value in several referrals shows who shares a network, a device or a look-alike address.
// Hashes of hashes: they lead to no address, and change as the keys of the waitlist do.
const group = (column: Sql) => sql`left(md5(${column}), 12)`

const heldBy = sql`
  select count(*) as held
  from referrals.referrals where referrer_user_id = page.referrer_user_id and state = 'held'`

const details = sql`
  select page.id as referral_id, page.state, page.reason, page.fraud_score as score,
         page.fraud_reasons as reasons, page.source, page.status, page.created_at,
         page.converted_at, case when is_blocked then 'blocked' else page.decision end as decision,
         case when is_blocked then referrer.blocked_at else page.decided_at end as decided_at,
         review.reviewed_by as decided_by, review.reason as decision_reason,
         referred.id as referred_id, referred.masked as referred_email,
         referred.confirmed_at, referred.redeemed_at,
         ${group(sql`signals.network`)} as network_group,
         ${group(sql`signals.device`)} as device_group,
         ${group(sql`signals.lookalike`)} as lookalike_group,
         referrer.id as referrer_id, referrer.masked as referrer_email,
         referrer.blocked_at as referrer_blocked_at,
         coalesce(totals.total, 0) as referrer_referrals,
         coalesce(totals.counted, 0) as referrer_counted,
         coalesce(totals.converted, 0) as referrer_converted,
         held as referrer_held, key
  from page
  join referrals.members as referred on referred.id = page.referred_user_id
  join referrals.members as referrer on referrer.id = page.referrer_user_id
  left join referrals.join_signals as signals on signals.user_id = page.referred_user_id
  left join referrals.referrer_totals as totals on totals.user_id = page.referrer_user_id
  cross join lateral (select page.reason is not distinct from 'blocked' as is_blocked) as block
  left join referrals.reviews as review
    on review.id = case when is_blocked then referrer.block_review_id else page.review_id end
  cross join lateral (${heldBy}) as by_referrer
  order by page.created_at, page.id`

type Row = HeldReferral & { key: string }

/** Returns a page of referrals after a key, the oldest first. */
export const listHeld = async (
  db: Queryable,
  { state, referrer, min_score }: HeldFilter,
  { after, limit }: { after: Key | null; limit: number },
) => {
  const conditions = [
    inState[state],
    referrer ? sql`referrer_user_id = ${referrer}` : empty,
    min_score > 0 ? sql`fraud_score >= ${min_score}` : empty,
    after ? sql`(created_at, id) > (${after[0]}::timestamptz, ${after[1]}::uuid)` : empty,
  ].filter((condition) => condition !== empty)
  const { rows } = await db.query<Row>(sql`
    with page as materialized (
      select *, ${exactTime} as key from referrals.referrals
      where ${join(conditions, ' and ')}
      order by created_at, id limit ${limit + 1}
    )
    ${details}`)
  return pageOf(rows, limit, ({ key, referral_id }): Key => [key, referral_id])
}

/** Returns one referral; null if there is none. */
export const findHeld = async (db: Queryable, id: string): Promise<HeldReferral | null> => {
  const { rows } = await db.query<Row>(sql`
    with page as materialized (
      select *, ${exactTime} as key from referrals.referrals
      where id = ${id} and state <> 'claimed'
    )
    ${details}`)
  return rows[0] ?? null
}

export const countHeld = async (db: Queryable): Promise<number> => {
  const { rows } = await db.query<{ n: number }>(
    sql`select count(*) as n from referrals.referrals where state = 'held'`,
  )
  return rows[0]?.n ?? 0
}
