import { visitor } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

// The codes that `join` accepts as `referred_by`.
const codeShape = /^[\w-]{1,50}$/

/** `/r/CODE` redirects to the join form; an invalid code is dropped, so the form still opens. */
export const shareLinkRoute = (app: FastifyInstance) =>
  route(
    app,
    {
      method: 'GET',
      url: '/r/:code',
      operationId: 'followShareLink',
      summary: 'Redirect a share link to the join form',
      auth: visitor,
      params: z.object({ code: z.string().describe("A member's referral code.") }),
      replies: [302, z.void()],
    },
    ({ params: { code }, reply }) => {
      reply.header('location', codeShape.test(code) ? `/join.html?ref=${code}` : '/join.html')
    },
  )
