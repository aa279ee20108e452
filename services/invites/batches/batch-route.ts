import { key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { BatchId } from '../codes/code-format.ts'
import type { RouteDeps } from '../codes/route-deps.ts'
import { unknownBatch } from '../errors.ts'
import { findBatchStatistics } from './batch-statistics.ts'
import { Batch } from './list-batches-route.ts'

const seconds = z.number().nullable().describe('From the batch to the use; null without uses.')

const BatchReply = Batch.extend({
  issued: z.int(),
  redeemed: z.int().describe('Uses of its codes by all people.'),
  active: z.int(),
  used: z.int(),
  expired: z.int(),
  revoked: z.int(),
  median_seconds_to_redeem: seconds,
  p90_seconds_to_redeem: seconds,
  redemptions_by_day: z
    .array(z.object({ day: z.iso.date(), count: z.int() }))
    .describe("Each day in UTC, from the batch's to today."),
})

export const batchRoute = (app: FastifyInstance, { db }: RouteDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/batches/:batch_id',
      operationId: 'getBatch',
      summary: 'Get a batch and its statistics',
      auth: key('invites:read'),
      params: z.strictObject({ batch_id: BatchId }),
      replies: [200, BatchReply],
      errors: [unknownBatch],
    },
    async ({ params }) => {
      const batch = await findBatchStatistics(db, params.batch_id)
      if (!batch) throw unknownBatch()
      return batch
    },
  )
