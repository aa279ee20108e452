// Invites: codes, and how often each may be used.
import type { Identify } from '@vobee/shared/auth/callers'
import { idempotency } from '@vobee/shared/data/idempotency/idempotency'
import { maxGateAge } from '@vobee/shared/gate'
import { personKeys } from '@vobee/shared/privacy/email'
import { consumeEvents, createService, runJobs } from '@vobee/shared/service'
import { batchesRoutes } from './batches/batches-routes.ts'
import { codesRoutes } from './codes/codes-routes.ts'
import { recompute } from './codes/consistency-check.ts'
import { guessLimit } from './codes/guesses/guess-limit.ts'
import type { RouteDeps } from './codes/route-deps.ts'
import { codeTerms, type InvitesSettings } from './config.ts'
import { handlers } from './consumers.ts'
import { generateRoute } from './issuing/generate-route.ts'
import { jobs } from './jobs.ts'
import { membersRoutes } from './members/members-routes.ts'
import { redemptionRoutes } from './redemption/redemption-routes.ts'
import { reservationsRoutes } from './reservations/reservations-routes.ts'
import { revocationRoutes } from './revocation/revocation-routes.ts'

export { InvitesSettings as Settings } from './config.ts'

const service = {
  schema: 'invites',
  name: 'invites',
  prefix: '/api/invites',
  folder: import.meta.dirname,
} as const

/** Creates the service; `identify` replaces the key of the environment. */
export const buildApp = (settings: InvitesSettings, identify?: Identify) => {
  const app = createService(service, settings, { identify, recompute })
  const db = app.database
  const deps: RouteDeps = {
    db,
    idempotent: idempotency(db, 'invites', settings.PERSON_KEY_SECRET),
    personKey: personKeys(settings.PERSON_KEY_SECRET),
    limitGuesses: guessLimit(settings),
    terms: codeTerms(settings),
    maxGateAge: maxGateAge(settings.GATE_SILENCE_MINUTES),
    publicUrl: settings.PUBLIC_URL,
  }
  generateRoute(app, deps)
  batchesRoutes(app, deps)
  codesRoutes(app, deps)
  redemptionRoutes(app, deps)
  reservationsRoutes(app, deps)
  revocationRoutes(app, deps)
  membersRoutes(app, deps)
  consumeEvents(app, 'invites', { handlers: handlers(deps.terms, deps.personKey), settings })
  runJobs(app, 'invites', settings, jobs(db, settings))
  return app
}
