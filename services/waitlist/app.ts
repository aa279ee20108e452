// The waitlist: who joined, in which order they wait.
import type { Identify } from '@vobee/shared/callers'
import { personKeys } from '@vobee/shared/email'
import { gatePatience } from '@vobee/shared/gate'
import { createService, listenTo, runJobs } from '@vobee/shared/service'
import type { WaitlistSettings } from './config.ts'
import { jobs } from './jobs.ts'
import { reactions } from './listeners.ts'
import { joinRoute } from './routes/join.ts'
import { statsRoute } from './routes/stats.ts'

export { WaitlistSettings as Settings } from './config.ts'

/** Builds the service; `identify` replaces the environment's one key. */
export const buildApp = (settings: WaitlistSettings, identify?: Identify) => {
  const service = { schema: 'waitlist', name: 'waitlist', prefix: '/api/waitlist' } as const
  const app = createService(service, settings, { identify })
  joinRoute(app, {
    db: app.database,
    personKey: personKeys(settings.PERSON_KEY_SECRET),
    publicUrl: settings.PUBLIC_URL,
    patience: gatePatience(settings.GATE_SILENCE_MINUTES),
  })
  statsRoute(app, app.database)
  listenTo(app, 'waitlist', reactions)
  runJobs(app, 'waitlist', settings, jobs(app.database))
  return app
}
