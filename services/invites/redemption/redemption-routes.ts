import type { FastifyInstance } from 'fastify'
import type { RouteDeps } from '../codes/route-deps.ts'
import { redeemRoute } from './redeem-route.ts'
import { validateRoute } from './validate-route.ts'

export const redemptionRoutes = (app: FastifyInstance, deps: RouteDeps) => {
  redeemRoute(app, deps)
  validateRoute(app, deps)
}
