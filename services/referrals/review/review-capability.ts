import { inBackground } from '@vobee/shared/data/background'
import type { Job } from '@vobee/shared/data/jobs/jobs'
import { measureCount } from '@vobee/shared/ops/measure-count'
import type { FastifyInstance } from 'fastify'
import { heldReferralRoute, listHeldRoute } from './held-routes.ts'
import { countHeld } from './list-held.ts'
import { type ReviewDeps, reviewProgressRoute, reviewRoute } from './review-routes.ts'
import { continueReviews } from './run-review.ts'

/** Adds the routes of reviews. Returns the job that continues what a process that ended has left. */
export const reviewCapability = (
  app: FastifyInstance,
  deps: Omit<ReviewDeps, 'continueReviews'>,
): { continueReviews: Job } => {
  const { run, start } = inBackground(app, 'a review', (db, isStopping) =>
    continueReviews(db, deps.terms, isStopping),
  )
  reviewRoute(app, { ...deps, continueReviews: start })
  reviewProgressRoute(app, deps)
  listHeldRoute(app, deps.db)
  heldReferralRoute(app, deps.db)
  const help = 'Referrals that are held until a reviewer decides.'
  measureCount(app.metrics, { name: 'referrals_held', help }, () => countHeld(deps.db))
  return { continueReviews: { name: 'continue-reviews', cron: '* * * * *', run } }
}
