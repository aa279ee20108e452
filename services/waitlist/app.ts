// The waitlist: who joined, and in which order entries wait.
import type { Identify } from '@vobee/shared/auth/callers'
import { idempotency } from '@vobee/shared/data/idempotency/idempotency'
import { maxGateAge } from '@vobee/shared/gate'
import { personKeys } from '@vobee/shared/privacy/email'
import { consumeEvents, createService, runJobs } from '@vobee/shared/service'
import type { WaitlistSettings } from './config.ts'
import { handlers } from './consumers.ts'
import { entryRoutes } from './entries/entry-routes.ts'
import { jobs } from './jobs.ts'
import { joinRoute } from './join/join-route.ts'
import { recompute } from './line/consistency-check.ts'
import { lineRoutes } from './line/line-routes.ts'
import { cachedReleaseRate } from './line/release-rate.ts'
import { mailConfig } from './mail/config.ts'
import { reportMail } from './mail/counts.ts'
import { openNotifications } from './mail/notifications.ts'
import { setUpMail } from './mail/setup.ts'
import { memberRoutes } from './members/member-routes.ts'
import { scoringRoutes } from './scoring/scoring-routes.ts'
import { waveRoutes } from './waves/wave-routes.ts'

export { WaitlistSettings as Settings } from './config.ts'

const service = {
  schema: 'waitlist',
  name: 'waitlist',
  prefix: '/api/waitlist',
  folder: import.meta.dirname,
} as const

/** Builds the service. `identify` replaces the key of the environment. */
export const buildApp = (settings: WaitlistSettings, identify?: Identify) => {
  const mail = mailConfig(settings)
  const report = () => reportMail(app.database, mail)
  const app = createService(service, settings, { identify, recompute, mail: report })
  const { queueMail, queueIssued, queues } = setUpMail(app, settings, mail)
  const deps = {
    db: app.database,
    settings,
    mail,
    queueMail,
    notifications: openNotifications({ queueMail, queueIssued }),
    personKey: personKeys(settings.PERSON_KEY_SECRET),
    idempotent: idempotency(app.database, 'waitlist', settings.PERSON_KEY_SECRET),
    maxGateAge: maxGateAge(settings.GATE_SILENCE_MINUTES),
    releaseRate: cachedReleaseRate(app.database),
  }
  const { continueWaves } = waveRoutes(app, deps)
  const { runActions } = entryRoutes(app, deps)
  memberRoutes(app, deps)
  joinRoute(app, deps)
  lineRoutes(app, deps)
  const { rescore } = scoringRoutes(app, deps.db)
  // One event a transaction: one that holds counts of the line must not wait for further rows.
  consumeEvents(app, 'waitlist', { handlers: handlers(deps.notifications), settings, batch: 1 })
  runJobs(app, 'waitlist', settings, jobs({ ...deps, rescore, continueWaves, runActions }), queues)
  return app
}
