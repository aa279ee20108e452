import { inBackground } from '@vobee/shared/data/background'
import type { FastifyInstance } from 'fastify'
import {
  type ActionDeps,
  adjustScoreRoute,
  eraseRoute,
  removeRoute,
  restoreRoute,
} from './actions/action-routes.ts'
import { type BulkRouteDeps, bulkRoute, bulkStatusRoute } from './actions/bulk-routes.ts'
import { runBulkActions } from './actions/bulk-run.ts'
import { bulkActions } from './actions/bulk-select.ts'
import { type ResendEntryDeps, resendRoute } from './actions/resend-route.ts'
import { type EntryDeps, entryRoute } from './entry-route.ts'
import { type ListEntriesDeps, listEntriesRoute } from './list-entries-route.ts'
import { type StatsDeps, statsRoute } from './stats-route.ts'

/** Returns `runActions` for a scheduled job. */
export const entryRoutes = (
  app: FastifyInstance,
  deps: ActionDeps &
    EntryDeps &
    ListEntriesDeps &
    StatsDeps &
    ResendEntryDeps &
    Omit<BulkRouteDeps, 'runActions'>,
) => {
  const running = inBackground(app, 'changing many entries', (db, isStopping) =>
    runBulkActions(db, deps, isStopping),
  )
  statsRoute(app, deps)
  listEntriesRoute(app, deps)
  entryRoute(app, deps)
  adjustScoreRoute(app, deps)
  removeRoute(app, deps)
  restoreRoute(app, deps)
  eraseRoute(app, deps)
  resendRoute(app, deps)
  for (const action of bulkActions) bulkRoute(app, action, { ...deps, runActions: running.start })
  bulkStatusRoute(app, deps)
  return { runActions: running.run }
}
