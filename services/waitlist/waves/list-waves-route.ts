import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { Cursor, NextCursor, nextPage, pageOf } from '@vobee/shared/http/cursor'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { listWaves } from './list-waves.ts'

const WavesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: Cursor(z.tuple([z.iso.datetime(), z.uuid()])),
})

const Wave = z.object({
  wave_id: z.uuid(),
  asked: z.int().describe('The requested number of entries.'),
  released: z.int(),
  pending: z.int().describe('Released entries that still hold their position.'),
  filter: z
    .record(z.string(), z.unknown())
    .describe('As requested: `part` for a text, `person` for an email address.'),
  by: z.string().describe('The name of the key.'),
  reason: z.string().nullable(),
  created_at: z.iso.datetime(),
})

const WavesReply = z.object({ waves: z.array(Wave).describe('Newest first.'), next: NextCursor })

export const listWavesRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/waves',
      operationId: 'listWaves',
      summary: 'List waves',
      auth: key('waitlist:read'),
      query: WavesQuery,
      replies: [200, WavesReply],
    },
    async ({ query: { limit, cursor = null }, request, reply }) => {
      const found = await listWaves(db, { before: cursor, limit: limit + 1 })
      const { page, next } = pageOf(found, limit, (wave) => [wave.key, wave.wave_id])
      return { waves: page, next: nextPage({ request, reply }, next) }
    },
  )
