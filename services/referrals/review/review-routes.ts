// Reviewing referrals.
import { setTimeout as wait } from 'node:timers/promises'
import { callerName, key } from '@vobee/shared/auth/callers'
import { type Database, type Transaction, transaction } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency/idempotency'
import { retry } from '@vobee/shared/data/retry'
import { route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ReferralTerms } from '../counting/refresh.ts'
import { unknownReferral, unknownReview, unknownUser } from '../errors.ts'
import { rehearse, reportOf, review } from './review.ts'
import { ReviewBody, ReviewReply } from './review-body.ts'
import { findReview } from './reviews.ts'

export type ReviewDeps = {
  db: Database
  idempotent: Idempotent
  terms: ReferralTerms
  /** Runs the steps of reviews that are not done. */
  continueReviews: () => Promise<void>
}

/** ms for which a reply waits for the other steps, so that small reviews are done when it is sent. */
const PATIENCE_MS = 1_000
/** Longest time, in ms, of a dry run and what it waits for. */
const TIMEOUT_MS = 60_000

const replyOf = async ({ db, terms }: Pick<ReviewDeps, 'db' | 'terms'>, id: string) => {
  const found = await findReview(db, id)
  if (!found) throw unknownReview()
  const report = await reportOf(db, found, terms)
  return { status: 'success' as const, review_id: id, dry_run: false, ...report }
}

export const reviewRoute = (app: FastifyInstance, deps: ReviewDeps) => {
  const { db, idempotent, terms, continueReviews } = deps
  route(
    app,
    {
      method: 'POST',
      url: '/api/referrals/review',
      operationId: 'reviewReferrals',
      summary: 'Approve or void referrals, or block their referrers; with dry_run, only report it',
      auth: key('referrals:write'),
      body: ReviewBody,
      examples: {
        body: {
          action: 'block',
          referrer: '4d0c2f5e-7f0f-4a53-9d4f-1f6d0c6a0b11',
          reason: 'All joins came from one network',
          dry_run: true,
        },
      },
      replies: [200, ReviewReply],
      errors: [unknownUser, unknownReferral],
      idempotent: true,
    },
    async (input) => {
      const { body, caller } = input
      const { dry_run } = body
      const request = { body, by: callerName(caller), audit: auditOf(input, body.reason) }
      if (dry_run) {
        setIdleTimeout(input.reply, TIMEOUT_MS)
        const report = await retry(() => rehearse(db, request, terms))
        return { status: 'success' as const, review_id: null, dry_run, ...report }
      }
      const run = (on: Transaction) => review(on, request, terms)
      const begin = storingReply((connection) => transaction(connection ?? db, run))
      const id = await idempotent(input, begin)
      if ((await findReview(db, id))?.pending !== 0)
        await Promise.race([continueReviews(), wait(PATIENCE_MS)])
      return replyOf(deps, id)
    },
  )
}

export const reviewProgressRoute = (app: FastifyInstance, deps: Pick<ReviewDeps, 'db' | 'terms'>) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/referrals/review/actions/:id',
      operationId: 'getReview',
      summary: 'Get how far a review is, and what it changed',
      auth: key('referrals:read'),
      params: z.strictObject({ id: z.uuid() }),
      replies: [200, ReviewReply],
      errors: [unknownReview],
    },
    ({ params: { id } }) => replyOf(deps, id),
  )
