import { visitor } from '@vobee/shared/auth/callers'
import type { FastifyInstance } from 'fastify'

/** Plugins can't say whom their routes admit: in this scope they admit everybody. */
export const admitVisitors = (app: FastifyInstance) =>
  app.addHook('onRoute', (route) => {
    route.config = { auth: visitor, ...route.config }
  })
