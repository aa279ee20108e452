import type { FastifyInstance } from 'fastify'
import { type ActionDeps, adjustScoreRoute, removeRoute } from './action-routes.ts'
import { type ListEntriesDeps, listEntriesRoute } from './list-entries-route.ts'
import { type StatsDeps, statsRoute } from './stats-route.ts'

export const entryRoutes = (
  app: FastifyInstance,
  deps: ActionDeps & ListEntriesDeps & StatsDeps,
) => {
  statsRoute(app, deps)
  listEntriesRoute(app, deps)
  adjustScoreRoute(app, deps)
  removeRoute(app, deps)
}
