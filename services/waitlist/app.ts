// The waitlist: who joined, in which order they wait.
import type { Identify } from '@vobee/shared/auth/callers'
import { inBackground } from '@vobee/shared/data/background'
import { idempotency } from '@vobee/shared/data/idempotency'
import { maxGateAge } from '@vobee/shared/gate'
import { personKeys } from '@vobee/shared/privacy/email'
import { consumeEvents, createService, runJobs } from '@vobee/shared/service'
import type { WaitlistSettings } from './config.ts'
import { handlers } from './consumers.ts'
import { removeRoute, scoreRoute } from './entries/actions-route.ts'
import { entriesRoute } from './entries/list-route.ts'
import { statsRoute } from './entries/stats-route.ts'
import { jobs } from './jobs.ts'
import { joinRoute } from './join/join-route.ts'
import { countAgain } from './line/consistency-check.ts'
import { positionRoute } from './line/position-route.ts'
import { measuredReleases } from './line/release-rate.ts'
import { mailConfig } from './mail/config.ts'
import { reportMail } from './mail/counts.ts'
import { openNotifications } from './mail/notifications.ts'
import { setUpMail } from './mail/setup.ts'
import { memberRoutes } from './members/routes.ts'
import { rescore } from './scoring/rescore.ts'
import { changeScoringRoute, scoringRoute } from './scoring/scoring-route.ts'
import { moveMembers } from './waves/members.ts'
import { releaseRoute } from './waves/release-route.ts'
import { wavesRoute } from './waves/waves-route.ts'

export { WaitlistSettings as Settings } from './config.ts'

/** Builds the service; `identify` replaces the environment's one key. */
export const buildApp = (settings: WaitlistSettings, identify?: Identify) => {
  const service = {
    schema: 'waitlist',
    name: 'waitlist',
    prefix: '/api/waitlist',
    folder: import.meta.dirname,
  } as const
  const mail = mailConfig(settings)
  const app = createService(service, settings, {
    identify,
    recompute: countAgain,
    mail: () => reportMail(app.database, mail),
  })
  const db = app.database
  const { queueMail, queues } = setUpMail(app, settings, mail)
  const notifications = openNotifications(queueMail)
  const personKey = personKeys(settings.PERSON_KEY_SECRET)
  const patience = maxGateAge(settings.GATE_SILENCE_MINUTES)
  const releases = measuredReleases(db)
  const once = idempotency(db, 'waitlist', settings.PERSON_KEY_SECRET)
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
    mail: { confirmation: mail.confirmation, mails: mail.smtpUrl !== null },
  })
  statsRoute(app, db, mail)
  positionRoute(app, { db, patience, releases })
  memberRoutes(app, {
    ...{ settings, mail, queueMail, personKey, releases },
    idempotent: once,
    maxGateAge: patience,
  })
  releaseRoute(app, { db, personKey, patience, once, moveMembers: waves.start })
  wavesRoute(app, db)
  entriesRoute(app, { db, personKey })
  scoreRoute(app, { db, once })
  removeRoute(app, { db, once })
  scoringRoute(app, db)
  changeScoringRoute(app, { db, rescore: rescoring.start })
  // One event a transaction: after changing entries it holds counts of the line, and everybody waits
  // for a transaction that waits for another row while it holds those.
  consumeEvents(app, 'waitlist', handlers(notifications), 1)
  const scheduled = jobs({ db, rescore: rescoring.run, moveMembers: waves.run, notifications })
  runJobs(app, 'waitlist', settings, scheduled, queues)
  return app
}
