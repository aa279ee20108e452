// Referrals: how people were referred, which referrals count, and which rewards they earn.
import type { Identify } from '@vobee/shared/auth/callers'
import { idempotency } from '@vobee/shared/data/idempotency/idempotency'
import { personKeys } from '@vobee/shared/privacy/email'
import { consumeEvents, createService } from '@vobee/shared/service'
import { shareRoute } from './attribution/share-route.ts'
import { trackRoute } from './attribution/track-route.ts'
import { codeTerms } from './codes/generate.ts'
import { generateCodeRoute } from './codes/generate-code-route.ts'
import type { ReferralsSettings } from './config.ts'
import { handlers } from './consumers.ts'
import { conversionRoutes } from './conversions/conversion-routes.ts'
import { webhookSecrets } from './conversions/verify-webhook.ts'
import { countJoinedAtStart } from './counting/count-joined.ts'
import { disableRoutes } from './counting/enabled.ts'
import { memberOfCaller } from './counting/refresh.ts'
import { referralTerms } from './counting/terms.ts'
import { scheduleJobs } from './jobs.ts'
import { memberRoutes } from './members/member-routes.ts'
import { reportRoutes } from './reports/report-routes.ts'
import { blockBy } from './review/review.ts'
import { reviewCapability } from './review/review-capability.ts'
import { recompute } from './rewards/consistency-check.ts'
import { rewardRoutes } from './rewards/reward-routes.ts'

export { ReferralsSettings as Settings } from './config.ts'

const service = {
  schema: 'referrals',
  name: 'referrals',
  prefix: '/api/referrals',
  folder: import.meta.dirname,
} as const

/** Builds the service. `identify` replaces the key of the environment. */
export const buildApp = (settings: ReferralsSettings, identify?: Identify) => {
  const app = createService(service, settings, { identify, alias: '/api/referral', recompute })
  const db = app.database
  const personKey = personKeys(settings.PERSON_KEY_SECRET)
  const idempotent = idempotency(db, 'referrals', settings.PERSON_KEY_SECRET)
  const terms = referralTerms(settings)
  const memberOf = memberOfCaller(app, terms, blockBy(terms))
  const deps = { db, personKey, idempotent, terms, memberOf }
  const codes = codeTerms(settings)
  generateCodeRoute(app, { ...deps, codes })
  trackRoute(app, deps)
  shareRoute(app, { ...deps, perDay: settings.SHARES_PER_DAY })
  rewardRoutes(app, { ...deps, terms: terms.rewards, tiers: settings.REWARD_TIERS })
  memberRoutes(app, deps)
  conversionRoutes(app, { ...deps, secrets: webhookSecrets(settings) })
  reportRoutes(app, deps)
  const { continueReviews } = reviewCapability(app, deps)
  disableRoutes(app, terms)
  countJoinedAtStart(app, terms)
  consumeEvents(app, 'referrals', { handlers: handlers({ codes, personKey, terms }), settings })
  scheduleJobs(app, settings, { rewards: terms.rewards, more: [continueReviews] })
  return app
}
