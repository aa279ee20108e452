import { key } from '@vobee/shared/auth/callers'
import { exportTypes } from '@vobee/shared/http/export'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { BatchId } from '../codes/code-format.ts'
import type { RouteDeps } from '../codes/route-deps.ts'
import { unknownBatch } from '../errors.ts'
import { findBatch } from './batch-codes.ts'
import { GeneratedReply, streamCodes } from './code-stream.ts'

export const batchCodesRoute = (app: FastifyInstance, { db }: RouteDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/batches/:batch_id/codes',
      operationId: 'listBatchCodes',
      summary: 'Get all codes of a batch, in the form of the reply that generated them',
      auth: key('invites:read'),
      params: z.strictObject({ batch_id: BatchId }),
      replies: [200, GeneratedReply],
      streams: exportTypes,
      errors: [unknownBatch],
    },
    async ({ params, reply }) => {
      const batch = await findBatch(db, params.batch_id)
      if (!batch) throw unknownBatch()
      return streamCodes(reply, db, batch)
    },
  )
