// The waitlist: who joined, in which order they wait.
import type { Identify } from '@vobee/shared/callers'
import { personKeys } from '@vobee/shared/email'
import { gatePatience } from '@vobee/shared/gate'
import { onceByKey } from '@vobee/shared/idempotency'
import { createService, listenTo, runJobs } from '@vobee/shared/service'
import { inBackground } from './background.ts'
import type { WaitlistSettings } from './config.ts'
import { jobs } from './jobs.ts'
import { reactions } from './listeners.ts'
import { countAgain } from './queries/audit.ts'
import { measuredReleases } from './queries/releases.ts'
import { rescore } from './queries/rescoring.ts'
import { moveMembers } from './queries/wave-members.ts'
import { removeRoute, scoreRoute } from './routes/admin-acts.ts'
import { entriesRoute } from './routes/entries.ts'
import { joinRoute } from './routes/join.ts'
import { positionRoute } from './routes/position.ts'
import { releaseRoute } from './routes/release.ts'
import { changeScoringRoute, scoringRoute } from './routes/scoring.ts'
import { statsRoute } from './routes/stats.ts'
import { wavesRoute } from './routes/waves.ts'

export { WaitlistSettings as Settings } from './config.ts'

/** Builds the service; `identify` replaces the environment's one key. */
export const buildApp = (settings: WaitlistSettings, identify?: Identify) => {
  const service = {
    schema: 'waitlist',
    name: 'waitlist',
    prefix: '/api/waitlist',
    folder: import.meta.dirname,
  } as const
  const app = createService(service, settings, { identify, countAgain })
  const db = app.database
  const personKey = personKeys(settings.PERSON_KEY_SECRET)
  const patience = gatePatience(settings.GATE_SILENCE_MINUTES)
  const releases = measuredReleases(db)
  const once = onceByKey(db, 'waitlist', settings.PERSON_KEY_SECRET)
  const rescoring = inBackground(app, 'the re-scoring', rescore)
  const waves = inBackground(app, 'a wave', moveMembers)
  joinRoute(app, {
    db,
    personKey,
    publicUrl: settings.PUBLIC_URL,
    patience,
    releases,
    once,
    waiting: settings.JOINS_WAITING,
    disposable: settings.DISPOSABLE_EMAILS,
  })
  statsRoute(app, db)
  positionRoute(app, { db, patience, releases })
  releaseRoute(app, { db, personKey, patience, once, moveMembers: waves.start })
  wavesRoute(app, db)
  entriesRoute(app, { db, personKey })
  scoreRoute(app, { db, once })
  removeRoute(app, { db, once })
  scoringRoute(app, db)
  changeScoringRoute(app, { db, rescore: rescoring.start })
  // A transaction changes entries by one statement: after it, it holds counts of the line, and who
  // waits for a row while holding those makes everybody wait.
  listenTo(app, 'waitlist', reactions, 1)
  runJobs(app, 'waitlist', settings, jobs({ db, rescore: rescoring.run, moveMembers: waves.run }))
  return app
}
