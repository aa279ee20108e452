// Invites: codes, and how often each may be used.
import type { Identify } from '@vobee/shared/auth/callers'
import { idempotency } from '@vobee/shared/data/idempotency'
import { maxGateAge } from '@vobee/shared/gate'
import { personKeys } from '@vobee/shared/privacy/email'
import { consumeEvents, createService, runJobs } from '@vobee/shared/service'
import type { InvitesSettings } from './config.ts'
import { limitGuesses } from './guess-limit.ts'
import { jobs } from './jobs.ts'
import { reactions } from './listeners.ts'
import { countAgain } from './queries/audit.ts'
import { batchCodesRoute } from './routes/batch-codes.ts'
import { batchesRoute, batchRoute } from './routes/batches.ts'
import { codesRoute } from './routes/codes.ts'
import { creatorRoute } from './routes/creator.ts'
import { extendBatchRoute, extendCodeRoute } from './routes/extend.ts'
import { generateRoute } from './routes/generate.ts'
import { meRoutes } from './routes/me.ts'
import { mineRoute } from './routes/mine.ts'
import { redeemRoute } from './routes/redeem.ts'
import { cancelRoute, confirmRoute } from './routes/reservations.ts'
import { reserveRoute } from './routes/reserve.ts'
import { revokeBatchRoute, revokeCodeRoute } from './routes/revoke.ts'
import { statusRoute } from './routes/status.ts'
import { revokeTreeRoute, treeRoute } from './routes/tree.ts'
import { undoRoute } from './routes/undo.ts'
import { validateRoute } from './routes/validate.ts'

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
