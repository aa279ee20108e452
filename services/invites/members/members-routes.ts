import type { FastifyInstance } from 'fastify'
import type { RouteDeps } from '../codes/route-deps.ts'
import { meRoutes } from './me-routes.ts'
import { mineRoute } from './mine-route.ts'

export const membersRoutes = (app: FastifyInstance, deps: RouteDeps) => {
  mineRoute(app, deps)
  meRoutes(app, deps)
}
