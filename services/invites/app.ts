// Invites: codes, and how often each may be used.
import type { Identify } from '@vobee/shared/auth/callers'
import { idempotency } from '@vobee/shared/data/idempotency'
import { maxGateAge } from '@vobee/shared/gate'
import { personKeys } from '@vobee/shared/privacy/email'
import { consumeEvents, createService, runJobs } from '@vobee/shared/service'
import { batchCodesRoute } from './batches/batch-codes-route.ts'
import { batchesRoute, batchRoute } from './batches/batch-routes.ts'
import { creatorRoute } from './batches/creator-route.ts'
import { extendBatchRoute, extendCodeRoute } from './batches/extend-routes.ts'
import { codesRoute } from './codes/codes-route.ts'
import { countAgain } from './codes/consistency-check.ts'
import { limitGuesses } from './codes/guess-limit.ts'
import { statusRoute } from './codes/status-route.ts'
import { revokeTreeRoute, treeRoute } from './codes/tree-route.ts'
import type { InvitesSettings } from './config.ts'
import { reactions } from './consumers.ts'
import { generateRoute } from './issuing/generate-route.ts'
import { jobs } from './jobs.ts'
import { meRoutes } from './members/me-routes.ts'
import { mineRoute } from './members/mine-route.ts'
import { redeemRoute } from './redemption/redeem-route.ts'
import { validateRoute } from './redemption/validate-route.ts'
import { cancelRoute, confirmRoute } from './reservations/finish-routes.ts'
import { reserveRoute } from './reservations/reserve-route.ts'
import { revokeBatchRoute, revokeCodeRoute } from './revocation/revoke-routes.ts'
import { undoRoute } from './revocation/undo-route.ts'

export { InvitesSettings as Settings } from './config.ts'

/** Builds the service; `identify` replaces the environment's one key. */
export const buildApp = (settings: InvitesSettings, identify?: Identify) => {
  const service = {
    schema: 'invites',
    name: 'invites',
    prefix: '/api/invites',
    folder: import.meta.dirname,
  } as const
  const app = createService(service, settings, { identify, recompute: countAgain })
  const personKey = personKeys(settings.PERSON_KEY_SECRET)
  const format = { prefix: settings.CODE_PREFIX, length: settings.CODE_LENGTH }
  const days = settings.CODE_EXPIRATION_DAYS
  const patience = maxGateAge(settings.GATE_SILENCE_MINUTES)
  const once = idempotency(app.database, 'invites', settings.PERSON_KEY_SECRET)
  const guesses = limitGuesses(settings)
  generateRoute(app, { db: app.database, personKey, format, days, patience, once })
  batchCodesRoute(app, app.database)
  redeemRoute(app, { db: app.database, personKey, once, guesses })
  validateRoute(app, { db: app.database, guesses })
  statusRoute(app, { db: app.database, guesses })
  reserveRoute(app, { db: app.database, personKey, once })
  confirmRoute(app, { db: app.database, once })
  cancelRoute(app, { db: app.database, once })
  revokeCodeRoute(app, { db: app.database, once })
  revokeBatchRoute(app, { db: app.database, once })
  revokeTreeRoute(app, { db: app.database, once })
  undoRoute(app, { db: app.database, once })
  extendCodeRoute(app, { db: app.database, once })
  extendBatchRoute(app, app.database)
  codesRoute(app, { db: app.database, personKey })
  mineRoute(app, { db: app.database, publicUrl: settings.PUBLIC_URL })
  meRoutes(app, personKey)
  batchesRoute(app, app.database)
  batchRoute(app, app.database)
  creatorRoute(app, app.database)
  treeRoute(app, app.database)
  consumeEvents(app, 'invites', reactions({ format, days }, personKey))
  runJobs(app, 'invites', settings, jobs(app.database))
  return app
}
