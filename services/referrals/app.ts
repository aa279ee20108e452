// Referrals: who brought whom, what counts, and what it earns.
import type { Identify } from '@vobee/shared/auth/callers'
import { idempotency } from '@vobee/shared/data/idempotency'
import { maxGateAge } from '@vobee/shared/gate'
import { personKeys } from '@vobee/shared/privacy/email'
import { consumeEvents, createService, runJobs } from '@vobee/shared/service'
import { shareRoute } from './attribution/share-route.ts'
import type { ReferralsSettings } from './config.ts'
import { reactions } from './consumers.ts'
import { jobs } from './jobs.ts'
import { meRoutes } from './members/me-route.ts'
import { countAgain } from './rewards/consistency-check.ts'
import { earnRoute } from './rewards/earn-route.ts'
import { qualityRoute } from './rewards/quality-route.ts'

export { ReferralsSettings as Settings } from './config.ts'

/** Builds the service; `identify` replaces the environment's one key. */
export const buildApp = (settings: ReferralsSettings, identify?: Identify) => {
  const service = {
    schema: 'referrals',
    name: 'referrals',
    prefix: '/api/referrals',
    folder: import.meta.dirname,
  } as const
  const app = createService(service, settings, {
    identify,
    alias: '/api/referral',
    recompute: countAgain,
  })
  const db = app.database
  const personKey = personKeys(settings.PERSON_KEY_SECRET)
  const once = idempotency(db, 'referrals', settings.PERSON_KEY_SECRET)
  earnRoute(app, { db, personKey, patience: maxGateAge(settings.GATE_SILENCE_MINUTES), once })
  shareRoute(app, { db, personKey, perDay: settings.SHARES_PER_DAY, once })
  qualityRoute(app, { db, personKey })
  meRoutes(app, personKey)
  consumeEvents(app, 'referrals', reactions(settings.REFERRAL_CODE_EXPIRATION_DAYS, personKey))
  runJobs(app, 'referrals', settings, settings.ENABLE_AUTOMATION_WORKER ? jobs(db) : [])
  return app
}
