// The waitlist: who joined, in which order they wait.
import type { Identify } from '@vobee/shared/auth/callers'
import { tokenSigner } from '@vobee/shared/auth/members'
import { inBackground } from '@vobee/shared/data/background'
import { idempotency } from '@vobee/shared/data/idempotency'
import { maxGateAge } from '@vobee/shared/gate'
import { personKeys } from '@vobee/shared/privacy/email'
import { consumeEvents, createService, runJobs } from '@vobee/shared/service'
import type { WaitlistSettings } from './config.ts'
import { reactions } from './consumers.ts'
import { removeRoute, scoreRoute } from './entries/actions-route.ts'
import { entriesRoute } from './entries/list-route.ts'
import { statsRoute } from './entries/stats-route.ts'
import { jobs } from './jobs.ts'
import { joinRoute } from './join/join-route.ts'
import { countAgain } from './line/consistency-check.ts'
import { positionRoute } from './line/position-route.ts'
import { measuredReleases } from './line/release-rate.ts'
import { mailTerms } from './mail/config.ts'
import { openMailing, reportMail } from './mail/mailing.ts'
import { news } from './mail/notifications.ts'
import { confirmAgainRoute, confirmRoute } from './members/confirm-route.ts'
import { leaveRoute } from './members/leave-route.ts'
import { limitLinks } from './members/link-limit.ts'
import { linkRoute } from './members/link-route.ts'
import { changeMeRoute, meRoute } from './members/me-route.ts'
import { myDataRoutes } from './members/my-data-route.ts'
import { signInRoute } from './members/sign-in-route.ts'
import { subscribeRoute } from './members/subscribe-route.ts'
import { unsubscribeRoute } from './members/unsubscribe-route.ts'
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
  const terms = mailTerms(settings)
  const mail = () => reportMail(app.database, terms)
  const app = createService(service, settings, { identify, recompute: countAgain, mail })
  const db = app.database
  const { queueMail, queues } = openMailing(app, settings, terms)
  const personKey = personKeys(settings.PERSON_KEY_SECRET)
  const patience = maxGateAge(settings.GATE_SILENCE_MINUTES)
  const releases = measuredReleases(db)
  const signToken = tokenSigner(settings.MEMBER_TOKEN_SECRET)
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
    mail: { confirmation: terms.confirmation, mails: terms.smtpUrl !== null },
  })
  const sendsMail = terms.smtpUrl !== null
  statsRoute(app, db, terms)
  positionRoute(app, { db, patience, releases })
  const { confirmation } = terms
  const me = { db, publicUrl: settings.PUBLIC_URL, patience, releases, sendsMail, confirmation }
  meRoute(app, me)
  changeMeRoute(app, me)
  leaveRoute(app, { db, once })
  myDataRoutes(app, personKey)
  linkRoute(app, { db, personKey, limit: limitLinks(app, settings), queueMail, sendsMail })
  signInRoute(app, { db, once, signToken })
  confirmRoute(app, { db, patience, once, signToken })
  confirmAgainRoute(app, { db, confirms: terms.confirmation !== 'off', queueMail })
  unsubscribeRoute(app, { db, publicUrl: settings.PUBLIC_URL })
  subscribeRoute(app, db)
  releaseRoute(app, { db, personKey, patience, once, moveMembers: waves.start })
  wavesRoute(app, db)
  entriesRoute(app, { db, personKey })
  scoreRoute(app, { db, once })
  removeRoute(app, { db, once })
  scoringRoute(app, db)
  changeScoringRoute(app, { db, rescore: rescoring.start })
  // A transaction changes entries by one statement: after it, it holds counts of the line, and who
  // waits for a row while holding those makes everybody wait.
  consumeEvents(app, 'waitlist', reactions(news(queueMail)), 1)
  const clock = jobs({ db, rescore: rescoring.run, moveMembers: waves.run, news: news(queueMail) })
  runJobs(app, 'waitlist', settings, clock, queues)
  return app
}
