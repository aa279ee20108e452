import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { Cursor, encodeCursor, nextLink } from '@vobee/shared/http/cursor'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Code, next } from '../codes/codes-route.ts'
import { listCodes } from '../codes/list-codes.ts'
import { creatorFigures } from './batch-statistics.ts'

const CreatorReply = z.object({
  created_by: z.string(),
  total_uses: z.int(),
  total_codes: z.int(),
  active_codes: z.int(),
  invitations: z.array(Code).describe('A page of their codes, newest first.'),
  next,
})

export const creatorRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/creators/:created_by',
      operationId: 'getCreator',
      summary: 'How the codes of a creator have fared; all zero for who made none',
      auth: key('invites:read'),
      params: z.strictObject({ created_by: text(200) }),
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(200).default(50),
        cursor: Cursor(z.tuple([z.int(), z.int()])),
      }),
      replies: [200, CreatorReply],
    },
    async ({ params: { created_by }, query: { limit, cursor: after = null }, request, reply }) => {
      const figures = await creatorFigures(db, created_by)
      const page = await listCodes(db, { created_by }, { after, limit })
      const next = page.next && encodeCursor(page.next)
      if (next) reply.header('link', nextLink(request.url, next))
      return { created_by, ...figures, invitations: page.codes, next }
    },
  )
