import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { Cursor, encodeCursor, nextLink } from '@vobee/shared/http/cursor'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { listWaves } from './waves.ts'

const WavesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: Cursor(z.tuple([z.iso.datetime(), z.uuid()])),
})

const WavesReply = z.object({
  waves: z
    .array(
      z.object({
        wave_id: z.uuid(),
        asked: z.int(),
        released: z.int(),
        pending: z.int().describe('Of these, how many are still to be moved.'),
        filter: z
          .record(z.string(), z.unknown())
          .describe('As it was asked: `part` of a text, `person` for a whole address.'),
        by: z.string(),
        reason: z.string().nullable(),
        created_at: z.iso.datetime(),
      }),
    )
    .describe('Newest first.'),
  next: z.string().nullable().describe('The cursor of the next page; null after the last.'),
})

export const wavesRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/waves',
      operationId: 'listWaves',
      summary: 'The releases so far',
      auth: key('waitlist:read'),
      query: WavesQuery,
      replies: [200, WavesReply],
    },
    async ({ query: { limit, cursor = null }, request, reply }) => {
      const found = await listWaves(db, { before: cursor, limit: limit + 1 })
      const waves = found.slice(0, limit)
      const last = found.length > limit ? waves.at(-1) : undefined
      const next = last ? encodeCursor([last.key, last.wave_id]) : null
      if (next) reply.header('link', nextLink(request.url, next))
      return { waves, next }
    },
  )
