import type { FastifyInstance } from 'fastify'
import type { RouteDeps } from '../codes/route-deps.ts'
import { listRevocationsRoute } from './list-revocations-route.ts'
import { revokeBatchRoute, revokeCodeRoute } from './revoke-routes.ts'
import { revokeTreeRoute } from './revoke-tree-route.ts'
import { undoRoute } from './undo-route.ts'

export const revocationRoutes = (app: FastifyInstance, deps: RouteDeps) => {
  revokeCodeRoute(app, deps)
  revokeBatchRoute(app, deps)
  revokeTreeRoute(app, deps)
  undoRoute(app, deps)
  listRevocationsRoute(app, deps)
}
