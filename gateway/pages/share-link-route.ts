import { visitor } from '@vobee/shared/auth/callers'
import type { FastifyInstance } from 'fastify'

// The codes that `join` accepts as `referred_by`.
const codeShape = /^[\w-]{1,50}$/

/** `/r/CODE` redirects to the join form; an invalid code is dropped, so the form still opens. */
export const shareLinkRoute = (app: FastifyInstance) =>
  app.get<{ Params: { code: string } }>(
    '/r/:code',
    { config: { auth: visitor } },
    ({ params: { code } }, reply) =>
      reply.redirect(codeShape.test(code) ? `/join.html?ref=${code}` : '/join.html'),
  )
