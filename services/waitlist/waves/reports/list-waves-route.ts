import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { Cursor, NextCursor, nextPage } from '@vobee/shared/http/cursor'
import {
  allPages,
  exportRows,
  exportTypeOf,
  exportTypes,
  FILE_PAGE,
} from '@vobee/shared/http/export'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type Key, listWaves, waveStates } from './list-waves.ts'

const WavesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: Cursor(z.tuple([z.iso.datetime(), z.uuid()])),
})

export const Wave = z.object({
  wave_id: z.uuid(),
  state: z
    .enum(waveStates)
    .describe('`held`: it is due, and the gate is closed; it continues when the gate opens.'),
  asked: z.int().describe('The requested number of entries.'),
  released: z.int(),
  pending: z.int().describe('Released entries that still hold their position.'),
  mailed: z
    .int()
    .nullable()
    .describe('People who were mailed their code; null for waves from before version 0.3.0.'),
  redeemed: z.int().describe('People who redeemed a code, those who left since included.'),
  filter: z
    .record(z.string(), z.unknown())
    .describe('As requested: `part` for a text, `person` for an email address.'),
  by: z.string().describe('The name of the key.'),
  reason: z.string().nullable(),
  expires_in_days: z.int().nullable().describe('Null: as CODE_EXPIRATION_DAYS of invites says.'),
  created_at: z.iso.datetime(),
  release_at: z.iso.datetime().nullable().describe('The time for which it was scheduled.'),
  released_at: z.iso.datetime().nullable().describe('When its first entries were released.'),
  cancelled_at: z.iso.datetime().nullable(),
})

const WavesReply = z.object({ waves: z.array(Wave).describe('Newest first.'), next: NextCursor })

export type ListWavesDeps = { db: Database; maxGateAge: () => number | null }

export const listWavesRoute = (app: FastifyInstance, { db, maxGateAge }: ListWavesDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/waves',
      operationId: 'listWaves',
      summary: 'List waves: a page, or all as a file',
      auth: key('waitlist:read'),
      query: WavesQuery,
      replies: [200, WavesReply],
      streams: exportTypes,
    },
    async ({ query: { limit, cursor = null }, request, reply }) => {
      const read = (before: Key | null, size = FILE_PAGE) =>
        listWaves(db, { before, limit: size, maxGateAge: maxGateAge() })
      const type = exportTypeOf(request)
      if (type) return exportRows(reply, type, Object.keys(Wave.shape), allPages(read))
      const { page, next } = await read(cursor, limit)
      return { waves: page, next: nextPage({ request, reply }, next) }
    },
  )
