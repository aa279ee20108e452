// What one request of a reviewer does: it finds the referrals, begins the review and runs its first
// step. A dry run does all of it and rolls it back.
import { randomUUID } from 'node:crypto'
import {
  type Database,
  type Queryable,
  type Transaction,
  transaction,
} from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Audit } from '@vobee/shared/ops/audit-trail'
import type { ReferralTerms } from '../counting/refresh.ts'
import { unknownReferral, unknownUser } from '../errors.ts'
import { lockAttribution } from '../members/attribution-lock.ts'
import { findMember } from '../members/find-member.ts'
import { compare, readTotals } from './effects.ts'
import { readPointRules } from './points.ts'
import type { ReviewBody, ReviewReply, Unchanged } from './review-body.ts'
import { findReview, type Review } from './reviews.ts'
import { beginReview, type ReviewOrder, runStep, STEP } from './run-review.ts'
import { findReferrers, referralsOf, selectNamed } from './select-referrals.ts'

export type ReviewRequest = { body: ReviewBody; by: string; audit: Audit }
type Chosen = Pick<ReviewOrder, 'members' | 'referrals' | 'subjects' | 'unchanged'>

const none: Unchanged = { unknown: [], already_decided: [], not_held: [] }

const ofMembers = (members: string[], action: ReviewBody['action'], unchanged = none): Chosen => ({
  members,
  referrals: referralsOf(members, action),
  subjects: members,
  unchanged,
})

const choose = async (db: Queryable, body: ReviewBody): Promise<Chosen> => {
  const { action, referrer, referral_ids: named = [], change_decision: canChange } = body
  if (referrer !== undefined) {
    const member = await findMember(db, referrer)
    if (!member) throw unknownUser()
    return ofMembers([member], action)
  }
  const { members, unknown } = await findReferrers(db, named)
  if (members.length === 0) throw unknownReferral()
  if (action === 'block' || action === 'unblock')
    return ofMembers(members, action, { ...none, unknown })
  const { referrals, unchanged } = await selectNamed(db, named, { action, canChange })
  return {
    members: (await findReferrers(db, referrals)).members,
    referrals: sql`select id from unnest(${referrals}::uuid[]) as chosen (id)`,
    subjects: referrals,
    unchanged,
  }
}

/** Steps of a dry run: everybody who joins meanwhile is attributed after it. */
const DRY_STEPS = 4

/** Begins a review and runs its first step; `continueReviews` runs the others. Returns its id. */
export const review = async (
  db: Transaction,
  { body, by, audit }: ReviewRequest,
  terms: ReferralTerms,
): Promise<string> => {
  await lockAttribution(db)
  const { action, reason, dry_run } = body
  const id = randomUUID()
  const most = dry_run ? DRY_STEPS * STEP : null
  await beginReview(db, { id, action, reason, by, audit, most, ...(await choose(db, body)) }, terms)
  await runStep(db, id, terms)
  return id
}

/**
 * Returns the function that blocks a member because another one of the same user of the host
 * application is blocked. The caller holds `lockAttribution`.
 */
export const blockBy = (terms: ReferralTerms) => async (db: Transaction, member: string) => {
  const id = randomUUID()
  const reason = 'This user of the host application is blocked'
  const order = { id, action: 'block' as const, reason, by: 'referrals', audit: null, most: null }
  await beginReview(db, { ...order, ...ofMembers([member], 'block') }, terms)
  await runStep(db, id, terms)
}

export type Report = Omit<ReviewReply, 'status' | 'review_id' | 'dry_run'>

/** Returns what a review has changed until now. */
export const reportOf = async (
  db: Queryable,
  { action, members, before, unchanged, matched, changed, pending }: Review,
  { rewards }: ReferralTerms,
): Promise<Report> => {
  const listed = before.map(({ member_id }) => member_id)
  const after = await readTotals(db, listed, rewards.rules)
  const referrers = compare({ before, after, rules: await readPointRules(db) })
  const more_referrers = members.length - before.length
  return { action, matched, changed, pending, referrers, more_referrers, ...unchanged }
}

class RolledBack extends Error {}

/** Runs a review, at most 1,000 referrals of it, returns its report, and rolls it back. */
export const rehearse = async (
  db: Database,
  request: ReviewRequest,
  terms: ReferralTerms,
): Promise<Report> => {
  const found: { report?: Report } = {}
  const run = async (connection: Transaction) => {
    const id = await review(connection, request, terms)
    for (let step = 1; step < DRY_STEPS; step++) await runStep(connection, id, terms)
    found.report = await reportOf(connection, (await findReview(connection, id)) as Review, terms)
    throw new RolledBack()
  }
  await transaction(db, run).catch((error) => {
    if (!(error instanceof RolledBack)) throw error
  })
  return found.report as Report
}
