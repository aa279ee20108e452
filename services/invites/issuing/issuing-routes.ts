import type { FastifyInstance } from 'fastify'
import type { RouteDeps } from '../codes/route-deps.ts'
import { generateRoute } from './generate-route.ts'

export const issuingRoutes = (app: FastifyInstance, deps: RouteDeps) => {
  generateRoute(app, deps)
}
