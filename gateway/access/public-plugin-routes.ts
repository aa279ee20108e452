import { visitor } from '@vobee/shared/auth/callers'
import type { FastifyInstance } from 'fastify'

/** Opens the routes of this scope to every caller: a plugin can't declare `auth` for its routes. */
export const openToVisitors = (app: FastifyInstance) =>
  app.addHook('onRoute', (route) => {
    route.config = { auth: visitor, ...route.config }
  })
