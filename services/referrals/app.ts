// Referrals: who referred whom, which referrals count, and which rewards they earn.
import type { Identify } from '@vobee/shared/auth/callers'
import { idempotency } from '@vobee/shared/data/idempotency/idempotency'
import { maxGateAge } from '@vobee/shared/gate'
import { personKeys } from '@vobee/shared/privacy/email'
import { consumeEvents, createService, runJobs } from '@vobee/shared/service'
import { shareRoute } from './attribution/share-route.ts'
import type { ReferralsSettings } from './config.ts'
import { handlers } from './consumers.ts'
import { convertRoute } from './conversions/convert-route.ts'
import { webhookRoute } from './conversions/webhook-route.ts'
import { cleanUp, jobs } from './jobs.ts'
import { memberRoutes } from './members/member-routes.ts'
import { recompute } from './rewards/consistency-check.ts'
import { earnRoute } from './rewards/earn-route.ts'
import { qualityRoute } from './rewards/quality-route.ts'
import { rewardTerms } from './rewards/terms.ts'

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
  const rewards = rewardTerms(settings, maxGateAge(settings.GATE_SILENCE_MINUTES))
  shareRoute(app, { db, personKey, perDay: settings.SHARES_PER_DAY, idempotent })
  earnRoute(app, { db, personKey, terms: rewards, idempotent })
  qualityRoute(app, { db, personKey, tiers: settings.REWARD_TIERS })
  memberRoutes(app, personKey)
  const terms = {
    isEnabled: true,
    holdFrom: settings.FRAUD_HOLD,
    weights: settings.FRAUD_WEIGHTS,
    rewards,
  }
  const secrets = {
    standard: settings.CONVERSION_WEBHOOK_SECRET,
    stripe: settings.STRIPE_WEBHOOK_SECRET,
  }
  convertRoute(app, { db, idempotent, terms })
  webhookRoute(app, { db, personKey, secrets, terms })
  const codeDays = settings.REFERRAL_CODE_EXPIRATION_DAYS
  const events = handlers({ codeDays, personKey, terms })
  consumeEvents(app, 'referrals', { handlers: events, settings })
  const scheduled = settings.ENABLE_AUTOMATION_WORKER ? jobs(db) : []
  runJobs(app, 'referrals', settings, [...scheduled, ...cleanUp(db)])
  return app
}
