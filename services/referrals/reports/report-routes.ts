import type { FastifyInstance } from 'fastify'
import { analyticsRoute } from './analytics/analytics-route.ts'
import { leaderboardRoute } from './leaderboard-route.ts'
import { type StatsDeps, statsRoute } from './stats-route.ts'
import { treeRoute } from './tree/tree-route.ts'
import { trendsRoute } from './trends-route.ts'

export const reportRoutes = (app: FastifyInstance, deps: StatsDeps) => {
  statsRoute(app, deps)
  leaderboardRoute(app, deps.db)
  analyticsRoute(app, deps.db)
  trendsRoute(app, deps.db)
  treeRoute(app, deps.db)
}
