// Quality gates: is growth healthy, and may invites be issued.
import type { Identify } from '@vobee/shared/auth/callers'
import { personKeys } from '@vobee/shared/privacy/email'
import { consumeEvents, createService, runJobs } from '@vobee/shared/service'
import { alertsRoute } from './alerts/alerts-route.ts'
import type { QualityGatesSettings } from './config.ts'
import { reactions } from './consumers.ts'
import { evaluate } from './gate/evaluate.ts'
import { doAtStart } from './gate/evaluate-at-start.ts'
import { evaluateGateRoute } from './gate/evaluate-route.ts'
import { historyRoute } from './gate/history-route.ts'
import { metricsRoute } from './gate/metrics-route.ts'
import { pauseRoute, resumeRoute } from './gate/pause-route.ts'
import { trustScoreRoute } from './gate/trust-score-route.ts'
import { jobs } from './jobs.ts'
import { meRoutes } from './members/me-route.ts'

export { QualityGatesSettings as Settings } from './config.ts'

/** Builds the service; `identify` replaces the environment's one key. */
export const buildApp = (settings: QualityGatesSettings, identify?: Identify) => {
  const service = {
    schema: 'quality_gates',
    name: 'quality-gates',
    prefix: '/api/quality',
    folder: import.meta.dirname,
  } as const
  const app = createService(service, settings, { identify })
  const personKey = personKeys(settings.PERSON_KEY_SECRET)
  const deps = { db: app.database, limits: settings }
  trustScoreRoute(app, deps)
  evaluateGateRoute(app, deps)
  metricsRoute(app, deps)
  pauseRoute(app, deps)
  resumeRoute(app, deps)
  alertsRoute(app, app.database)
  historyRoute(app, app.database)
  meRoutes(app, personKey)
  consumeEvents(app, 'quality_gates', reactions(personKey))
  doAtStart(app, () => evaluate(app.database, settings, { name: 'start' }))
  runJobs(app, 'quality_gates', settings, jobs(app.database, settings))
  return app
}
