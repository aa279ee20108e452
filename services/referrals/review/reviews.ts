// SQL: the rows of reviews, and the referrals that they still have to change.
import type { Queryable } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import type { Totals } from './effects.ts'
import type { ReviewAction, Unchanged } from './review-body.ts'

export type Review = {
  id: string
  action: ReviewAction
  /** The affected referrers. */
  members: string[]
  before: Totals[]
  unchanged: Unchanged
  matched: number
  changed: number
  pending: number
}

export type NewReview = Pick<Review, 'id' | 'action' | 'members' | 'before' | 'unchanged'> & {
  reason: string
  by: string
}

/**
 * Stores a review with its list of referrals, or the first `most` of them; returns how many there are.
 */
export const insertReview = (review: NewReview, referrals: Sql, most: number | null): Sql => sql`
  with listed as materialized (${referrals}), review as (
    insert into referrals.reviews
      (id, action, members, reason, reviewed_by, before, unchanged, matched, pending)
    select ${review.id}, ${review.action}, ${review.members}::uuid[], ${review.reason},
           ${review.by}, ${JSON.stringify(review.before)}, ${JSON.stringify(review.unchanged)}, count(*), count(*)
    from listed
    returning id, matched
  ), inserted as (
    insert into referrals.review_referrals (review_id, referral_id)
    select review.id, listed.id from review cross join listed limit ${most}::bigint
  )
  select matched from review`

export const findReview = async (db: Queryable, id: string): Promise<Review | null> => {
  const { rows } = await db.query<Review>(sql`
    select id, action, members, before, unchanged, matched, changed, pending
    from referrals.reviews where id = ${id}`)
  return rows[0] ?? null
}

/** Returns the reviews that are not done, the oldest first. */
export const findPending = async (db: Queryable): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>(
    sql`select id from referrals.reviews where pending > 0 order by created_at, id`,
  )
  return rows.map(({ id }) => id)
}

/** Takes referrals off the list of a review. */
export const takeReferrals = async (
  db: Queryable,
  id: string,
  limit: number,
): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>(sql`
    delete from referrals.review_referrals
    where review_id = ${id} and referral_id = any (array(
      select referral_id from referrals.review_referrals
      where review_id = ${id} order by referral_id limit ${limit} for update
    ))
    returning referral_id as id`)
  return rows.map((row) => row.id)
}

export const saveProgress = (
  db: Queryable,
  id: string,
  { taken, changed }: { taken: number; changed: number },
) =>
  db.query(sql`
    update referrals.reviews
    set pending = pending - ${taken}::int, changed = changed + ${changed}::int
    where id = ${id}`)

/** Stores the decision of a review, except where a later one decided; returns how many. */
export const decideReferrals = async (
  db: Queryable,
  { id, action }: Pick<Review, 'id' | 'action'>,
  referrals: readonly string[],
): Promise<number> => {
  const decision = action === 'approve' ? 'approved' : 'voided'
  const { rowCount } = await db.query(sql`
    update referrals.referrals as referral
    set decision = ${decision}, decided_at = now(), review_id = review.id
    from referrals.reviews as review
    where referral.id = any (${referrals}::uuid[]) and review.id = ${id}
      and decision is distinct from ${decision}
      and (decided_at is null or decided_at <= review.created_at)`)
  return rowCount ?? 0
}

/** Counts those of the referrals that are void because their referrer is blocked, or are not. */
export const countBlocked = async (
  db: Queryable,
  referrals: readonly string[],
  isBlocked: boolean,
): Promise<number> => {
  const { rows } = await db.query<{ n: number }>(sql`
    select count(*) as n from referrals.referrals
    where id = any (${referrals}::uuid[])
      and (reason is not distinct from 'blocked') = ${isBlocked}::boolean`)
  return rows[0]?.n ?? 0
}
