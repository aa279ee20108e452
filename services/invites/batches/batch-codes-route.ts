import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { exportTypes } from '@vobee/shared/http/export'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { findBatch } from '../codes/find-code.ts'
import { unknownBatch } from '../errors.ts'
import { CodesReply, streamCodes } from './code-stream.ts'

export const batchCodesRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/batches/:batch_id/codes',
      operationId: 'listBatchCodes',
      summary: 'All codes of a batch, as when it was generated',
      auth: key('invites:read'),
      params: z.strictObject({ batch_id: text(100) }),
      replies: [200, CodesReply],
      streams: exportTypes,
      errors: [unknownBatch],
    },
    async ({ params, reply }) => {
      const batch = await findBatch(db, params.batch_id)
      if (!batch) throw unknownBatch()
      return streamCodes(reply, db, batch)
    },
  )
