import type { FastifyInstance } from 'fastify'
import { codeRoute } from './code-route.ts'
import { listCodesRoute } from './list-codes-route.ts'
import type { RouteDeps } from './route-deps.ts'
import { codeStatusRoute } from './status-route.ts'
import { treeRoute } from './tree/tree-route.ts'

export const codesRoutes = (app: FastifyInstance, deps: RouteDeps) => {
  listCodesRoute(app, deps)
  codeRoute(app, deps)
  codeStatusRoute(app, deps)
  treeRoute(app, deps)
}
