import type { FastifyInstance } from 'fastify'
import { type ClaimDeps, claimRoute } from './claim-route.ts'
import { type EarnDeps, earnRoute } from './earn-route.ts'
import { type ListDeps, listRewardsRoute } from './list-route.ts'
import { type QualityDeps, qualityRoute } from './quality-route.ts'

export const rewardRoutes = (
  app: FastifyInstance,
  deps: EarnDeps & QualityDeps & ClaimDeps & ListDeps,
) => {
  earnRoute(app, deps)
  qualityRoute(app, deps)
  claimRoute(app, deps)
  listRewardsRoute(app, deps)
}
