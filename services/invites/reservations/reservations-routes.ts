import type { FastifyInstance } from 'fastify'
import type { RouteDeps } from '../codes/route-deps.ts'
import { cancelRoute, confirmRoute } from './finish-routes.ts'
import { reservationRoute } from './reservation-route.ts'
import { reserveRoute } from './reserve-route.ts'

export const reservationsRoutes = (app: FastifyInstance, deps: RouteDeps) => {
  reserveRoute(app, deps)
  reservationRoute(app, deps)
  confirmRoute(app, deps)
  cancelRoute(app, deps)
}
