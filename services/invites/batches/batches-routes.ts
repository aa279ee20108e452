import type { FastifyInstance } from 'fastify'
import type { RouteDeps } from '../codes/route-deps.ts'
import { batchCodesRoute } from './batch-codes-route.ts'
import { batchRoute } from './batch-route.ts'
import { creatorRoute } from './creator-route.ts'
import { extendBatchRoute, extendCodeRoute } from './extend-routes.ts'
import { listBatchesRoute } from './list-batches-route.ts'

export const batchesRoutes = (app: FastifyInstance, deps: RouteDeps) => {
  listBatchesRoute(app, deps)
  batchRoute(app, deps)
  batchCodesRoute(app, deps)
  extendCodeRoute(app, deps)
  extendBatchRoute(app, deps)
  creatorRoute(app, deps)
}
