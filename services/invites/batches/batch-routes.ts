// Batches, and how one has fared.
import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { Cursor, encodeCursor, nextLink } from '@vobee/shared/http/cursor'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { BatchId } from '../codes/code-format.ts'
import { next } from '../codes/codes-route.ts'
import { unknownBatch } from '../errors.ts'
import { figuresOf } from './batch-statistics.ts'
import { listBatches } from './list-batches.ts'

const Batch = z.object({
  batch_id: z.string(),
  size: z.int(),
  max_uses: z.int().nullable().describe('Null: unlimited.'),
  expires_at: z.iso.datetime().nullable().describe('Null: never.'),
  created_by: z.string(),
  created_at: z.iso.datetime(),
  metadata: z.record(z.string(), z.unknown()),
  override_reason: z.string().nullable(),
})

export const batchesRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/batches',
      operationId: 'listBatches',
      summary: 'Batches, newest first',
      auth: key('invites:read'),
      query: z.strictObject({
        created_by: text(200).optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        cursor: Cursor(z.tuple([z.int()])),
      }),
      replies: [200, z.object({ batches: z.array(Batch), next })],
    },
    async ({ query: { created_by = null, limit, cursor }, request, reply }) => {
      const before = cursor?.[0] ?? null
      const found = await listBatches(db, { created_by, before, limit: limit + 1 })
      const last = found.length > limit ? found[limit - 1] : undefined
      const next = last ? encodeCursor([last.key]) : null
      if (next) reply.header('link', nextLink(request.url, next))
      return { batches: found.slice(0, limit), next }
    },
  )

const seconds = z.number().nullable().describe('From the batch to the use; null without any.')

const FiguresReply = Batch.extend({
  issued: z.int(),
  redeemed: z.int().describe('How often its codes were used, by all people together.'),
  active: z.int(),
  used: z.int(),
  expired: z.int(),
  revoked: z.int(),
  median_seconds_to_redeem: seconds,
  p90_seconds_to_redeem: seconds,
  redemptions_by_day: z
    .array(z.object({ day: z.iso.date(), count: z.int() }))
    .describe("Each day in UTC from the batch's to today."),
})

export const batchRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/batches/:batch_id',
      operationId: 'getBatch',
      summary: 'A batch and its figures',
      auth: key('invites:read'),
      params: z.strictObject({ batch_id: BatchId }),
      replies: [200, FiguresReply],
      errors: [unknownBatch],
    },
    async ({ params }) => {
      const figures = await figuresOf(db, params.batch_id)
      if (!figures) throw unknownBatch()
      return figures
    },
  )
