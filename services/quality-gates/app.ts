// Quality gates: is growth healthy, and may invites be issued.
import type { Identify } from '@vobee/shared/auth/callers'
import { personKeys } from '@vobee/shared/privacy/email'
import { consumeEvents, createService, runJobs } from '@vobee/shared/service'
import type { QualityGatesSettings } from './config.ts'
import { evaluate } from './evaluate.ts'
import { jobs } from './jobs.ts'
import { reactions } from './listeners.ts'
import { alertsRoute } from './routes/alerts.ts'
import { evaluateGateRoute } from './routes/evaluate-gate.ts'
import { historyRoute } from './routes/history.ts'
import { meRoutes } from './routes/me.ts'
import { metricsRoute } from './routes/metrics.ts'
import { pauseRoute, resumeRoute } from './routes/pause.ts'
import { trustScoreRoute } from './routes/trust-score.ts'
import { doAtStart } from './start.ts'

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
