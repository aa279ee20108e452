// Invites: codes, and how often each may be used.
import type { Identify } from '@vobee/shared/callers'
import { personKeys } from '@vobee/shared/email'
import { gatePatience } from '@vobee/shared/gate'
import { createService, listenTo, runJobs } from '@vobee/shared/service'
import type { InvitesSettings } from './config.ts'
import { jobs } from './jobs.ts'
import { reactions } from './listeners.ts'
import { generateRoute } from './routes/generate.ts'
import { redeemRoute } from './routes/redeem.ts'
import { statusRoute } from './routes/status.ts'
import { validateRoute } from './routes/validate.ts'

export { InvitesSettings as Settings } from './config.ts'

/** Builds the service; `identify` replaces the environment's one key. */
export const buildApp = (settings: InvitesSettings, identify?: Identify) => {
  const service = { schema: 'invites', name: 'invites', prefix: '/api/invites' } as const
  const app = createService(service, settings, { identify })
  const personKey = personKeys(settings.PERSON_KEY_SECRET)
  const format = { prefix: settings.CODE_PREFIX, length: settings.CODE_LENGTH }
  const days = settings.CODE_EXPIRATION_DAYS
  const patience = gatePatience(settings.GATE_SILENCE_MINUTES)
  generateRoute(app, { db: app.database, personKey, format, days, patience })
  redeemRoute(app, { db: app.database, personKey })
  validateRoute(app, app.database)
  statusRoute(app, app.database)
  listenTo(app, 'invites', reactions({ format, days }))
  runJobs(app, 'invites', settings, jobs(app.database))
  return app
}
