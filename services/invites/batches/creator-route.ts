import { key } from '@vobee/shared/auth/callers'
import { Cursor, nextPage } from '@vobee/shared/http/cursor'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { listCodes } from '../codes/list-codes.ts'
import { Code, next } from '../codes/list-codes-route.ts'
import type { RouteDeps } from '../codes/route-deps.ts'
import { getCreatorStatistics } from './creator-statistics.ts'

const CreatorReply = z.object({
  created_by: z.string(),
  total_uses: z.int(),
  total_codes: z.int(),
  active_codes: z.int(),
  invitations: z.array(Code).describe('A page of their codes, newest first.'),
  next,
})

export const creatorRoute = (app: FastifyInstance, { db }: RouteDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/creators/:created_by',
      operationId: 'getCreator',
      summary: 'Get the statistics and codes of a creator; all zero if they created none',
      auth: key('invites:read'),
      params: z.strictObject({ created_by: text(200) }),
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(200).default(50),
        cursor: Cursor(z.tuple([z.int(), z.int()])),
      }),
      replies: [200, CreatorReply],
    },
    async ({ params: { created_by }, query: { limit, cursor: after = null }, request, reply }) => {
      const statistics = await getCreatorStatistics(db, created_by)
      const codes = await listCodes(db, { created_by }, { after, limit })
      const next = nextPage({ request, reply }, codes.next)
      return { created_by, ...statistics, invitations: codes.page, next }
    },
  )
