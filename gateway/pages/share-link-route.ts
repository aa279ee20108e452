import { visitor } from '@vobee/shared/auth/callers'
import type { FastifyInstance } from 'fastify'

// What `join` accepts as `referred_by`.
const codeShape = /^[\w-]{1,50}$/

/** `/r/CODE` leads to the form; whoever follows a broken link still finds it, without the code. */
export const shareLinkRoute = (app: FastifyInstance) =>
  app.get<{ Params: { code: string } }>(
    '/r/:code',
    { config: { auth: visitor } },
    ({ params: { code } }, reply) =>
      reply.redirect(codeShape.test(code) ? `/join.html?ref=${code}` : '/join.html'),
  )
