// A review: the decision, then the referrals that it changes, in steps. Each step is a transaction,
// and any process continues after a kill. A blocked member earns nothing from the first step on.
import { type Database, runLong, type Transaction, transaction } from '@vobee/shared/data/database'
import { retry } from '@vobee/shared/data/retry'
import { type Sql, sql } from '@vobee/shared/data/sql'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { type ReferralTerms, refresh } from '../counting/refresh.ts'
import { lockAttribution } from '../members/attribution-lock.ts'
import { reconcileRewards } from '../rewards/reconcile.ts'
import { blockMembers, unblockMembers } from './block-members.ts'
import { type CurrentTotals, chooseListed, readTotals } from './effects.ts'
import type { ReviewAction, Unchanged } from './review-body.ts'
import {
  countBlocked,
  decideReferrals,
  findPending,
  findReview,
  insertReview,
  saveProgress,
  takeReferrals,
} from './reviews.ts'

/** Referrals in a step: everybody who joins, tracks or pays meanwhile waits for its end. */
export const STEP = 250

export type ReviewOrder = {
  id: string
  action: ReviewAction
  members: string[]
  /** SQL: the ids of the referrals. */
  referrals: Sql
  /** What the audit log names: members or referrals. */
  subjects: readonly string[]
  unchanged: Unchanged
  reason: string
  by: string
  audit: Audit
  /** Most referrals that are changed; null: all. */
  most: number | null
}

const acts = {
  approve: 'referrals.approved',
  void: 'referrals.voided',
  block: 'referrals.blocked',
  unblock: 'referrals.unblocked',
} as const

const withoutAddress = ({ email: _, ...totals }: CurrentTotals) => totals

/** Stores a review and what it decides about members. The caller holds `lockAttribution`. */
export const beginReview = async (db: Transaction, order: ReviewOrder, terms: ReferralTerms) => {
  const { id, action, members, subjects } = order
  const listed = await chooseListed(db, members)
  const before = await readTotals(db, listed, terms.rewards.rules)
  const [stored] = await runLong<{ matched: number }>(
    db,
    insertReview({ ...order, before: before.map(withoutAddress) }, order.referrals, order.most),
  )
  const details = JSON.stringify({ review_id: id, referrals: stored?.matched })
  const actions = sql`
    select ${acts[action]}, subject, ${details}::jsonb
    from unnest(${subjects}::text[]) as named (subject)`
  await db.query(logActions('referrals', order.audit, actions))
  if (action === 'block') await blockMembers(db, members, id)
  if (action === 'unblock') await unblockMembers(db, members)
  if (action === 'block' || action === 'unblock') await reconcileRewards(db, members, terms.rewards)
}

/** Changes some referrals of a review; true if none is left. The caller holds `lockAttribution`. */
export const runStep = async (db: Transaction, id: string, terms: ReferralTerms) => {
  const review = await findReview(db, id)
  const taken = review ? await takeReferrals(db, id, STEP) : []
  if (!review || taken.length === 0) return true
  const isDecision = review.action === 'approve' || review.action === 'void'
  const decided = isDecision ? await decideReferrals(db, review, taken) : 0
  await refresh(db, taken, terms)
  const changed = isDecision ? decided : await countBlocked(db, taken, review.action === 'block')
  await saveProgress(db, id, { taken: taken.length, changed })
  return taken.length === review.pending
}

/** Runs the steps of all reviews that are not done. */
export const continueReviews = async (
  db: Database,
  terms: ReferralTerms,
  isStopping: () => boolean,
): Promise<void> => {
  for (const id of await findPending(db)) {
    let isDone = false
    while (!isDone && !isStopping()) {
      isDone = await retry(() =>
        transaction(db, async (connection) => {
          await lockAttribution(connection)
          return runStep(connection, id, terms)
        }),
      )
    }
  }
}
