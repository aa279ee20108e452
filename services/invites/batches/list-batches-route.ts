import { key } from '@vobee/shared/auth/callers'
import { Cursor, NextCursor, nextPage } from '@vobee/shared/http/cursor'
import {
  allPages,
  exportRows,
  exportTypeOf,
  exportTypes,
  FILE_PAGE,
} from '@vobee/shared/http/export'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { RouteDeps } from '../codes/route-deps.ts'
import { type Key, listBatches } from './list-batches.ts'

export const Batch = z
  .object({
    batch_id: z.string(),
    size: z.int(),
    max_uses: z.int().nullable().describe('Null: unlimited.'),
    expires_at: z.iso.datetime().nullable().describe('Null: never.'),
    created_by: z.string(),
    created_at: z.iso.datetime(),
    metadata: z.record(z.string(), z.unknown()),
    override_reason: z.string().nullable(),
  })
  .meta({ id: 'Batch' })

export const listBatchesRoute = (app: FastifyInstance, { db }: RouteDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/batches',
      operationId: 'listBatches',
      summary: 'List batches, newest first: a page, or all as a file',
      auth: key('invites:read'),
      query: z.strictObject({
        created_by: text(200).optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        cursor: Cursor(z.tuple([z.int()])),
      }),
      replies: [200, z.object({ batches: z.array(Batch), next: NextCursor })],
      streams: exportTypes,
    },
    async ({ query: { created_by = null, limit, cursor = null }, request, reply }) => {
      const read = (before: Key | null, size = FILE_PAGE) =>
        listBatches(db, { created_by, before, limit: size })
      const type = exportTypeOf(request)
      if (type) return exportRows(reply, type, Object.keys(Batch.shape), allPages(read))
      const { page, next } = await read(cursor, limit)
      return { batches: page, next: nextPage({ request, reply }, next) }
    },
  )
