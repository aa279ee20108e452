import type { FastifyInstance } from 'fastify'
import {
  type ActionDeps,
  adjustScoreRoute,
  eraseRoute,
  removeRoute,
  restoreRoute,
} from './action-routes.ts'
import { type EntryDeps, entryRoute } from './entry-route.ts'
import { type ListEntriesDeps, listEntriesRoute } from './list-entries-route.ts'
import { type StatsDeps, statsRoute } from './stats-route.ts'

export const entryRoutes = (
  app: FastifyInstance,
  deps: ActionDeps & EntryDeps & ListEntriesDeps & StatsDeps,
) => {
  statsRoute(app, deps)
  listEntriesRoute(app, deps)
  entryRoute(app, deps)
  adjustScoreRoute(app, deps)
  removeRoute(app, deps)
  restoreRoute(app, deps)
  eraseRoute(app, deps)
}
