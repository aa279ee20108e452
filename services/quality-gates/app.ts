// Quality gates: whether growth is healthy, and whether invites may be issued.
import type { Identify } from '@vobee/shared/auth/callers'
import { idempotency } from '@vobee/shared/data/idempotency/idempotency'
import { personKeys } from '@vobee/shared/privacy/email'
import { consumeEvents, createService, runJobs } from '@vobee/shared/service'
import { alertsRoute } from './alerts/alerts-route.ts'
import type { QualityGatesSettings } from './config.ts'
import { handlers } from './consumers.ts'
import { evaluate } from './gate/evaluate.ts'
import { evaluateRoute } from './gate/evaluate-route.ts'
import { historyRoute } from './gate/history-route.ts'
import { pauseRoute, resumeRoute } from './gate/manual-routes.ts'
import { metricsRoute } from './gate/metrics-route.ts'
import { runAtStart } from './gate/run-at-start.ts'
import { trustScoreRoute } from './gate/trust-score-route.ts'
import { jobs } from './jobs.ts'
import { memberRoutes } from './members/member-routes.ts'

export { QualityGatesSettings as Settings } from './config.ts'

const service = {
  schema: 'quality_gates',
  name: 'quality-gates',
  prefix: '/api/quality',
  folder: import.meta.dirname,
} as const

/** Builds the service. `identify` replaces the key of the environment. */
export const buildApp = (settings: QualityGatesSettings, identify?: Identify) => {
  const app = createService(service, settings, { identify })
  const personKey = personKeys(settings.PERSON_KEY_SECRET)
  const deps = {
    db: app.database,
    limits: settings,
    idempotent: idempotency(app.database, 'quality_gates', settings.PERSON_KEY_SECRET),
  }
  trustScoreRoute(app, deps)
  evaluateRoute(app, deps)
  metricsRoute(app, deps)
  pauseRoute(app, deps)
  resumeRoute(app, deps)
  alertsRoute(app, app.database)
  historyRoute(app, app.database)
  memberRoutes(app, personKey)
  consumeEvents(app, 'quality_gates', { handlers: handlers(personKey, settings), settings })
  runAtStart(app, () => evaluate(app.database, settings, { name: 'start' }))
  runJobs(app, 'quality_gates', settings, jobs(app.database, settings))
  return app
}
