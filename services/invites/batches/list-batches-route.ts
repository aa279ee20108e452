import { key } from '@vobee/shared/auth/callers'
import { Cursor, NextCursor, nextPage, pageOf } from '@vobee/shared/http/cursor'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { RouteDeps } from '../codes/route-deps.ts'
import { listBatches } from './list-batches.ts'

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
      summary: 'List batches, newest first',
      auth: key('invites:read'),
      query: z.strictObject({
        created_by: text(200).optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        cursor: Cursor(z.tuple([z.int()])),
      }),
      replies: [200, z.object({ batches: z.array(Batch), next: NextCursor })],
    },
    async ({ query: { created_by = null, limit, cursor }, request, reply }) => {
      const before = cursor?.[0] ?? null
      const rows = await listBatches(db, { created_by, before, limit: limit + 1 })
      const { page, next } = pageOf(rows, limit, ({ key }) => [key])
      return { batches: page, next: nextPage({ request, reply }, next) }
    },
  )
