import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency/idempotency'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { unknownWave, waveReleased } from '../errors.ts'
import { cancelWave } from './cancel.ts'

const CancelReply = z.object({
  status: z.literal('success'),
  wave_id: z.uuid(),
  state: z.literal('cancelled'),
  released: z.int().describe('Entries that the wave had released before.'),
})

export type CancelDeps = { db: Database; idempotent: Idempotent }

export const cancelRoute = (app: FastifyInstance, { db, idempotent }: CancelDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/waves/:id/cancel',
      operationId: 'cancelWave',
      summary: 'Cancel a wave that is scheduled, held or still being released',
      auth: key('waitlist:write'),
      params: z.strictObject({ id: z.uuid() }),
      body: z.strictObject({ reason: text(500).describe('Why. Stored in the audit log.') }),
      replies: [200, CancelReply],
      errors: [unknownWave, waveReleased],
      idempotent: true,
    },
    (input) => {
      const { id } = input.params
      const audit = auditOf(input, input.body.reason)
      const action = storingReply(async (connection) => {
        const wave = await cancelWave(connection ?? db, id, audit)
        if (!wave) throw unknownWave()
        if (wave.outcome === 'released') throw waveReleased()
        const { released } = wave
        return { status: 'success' as const, wave_id: id, state: 'cancelled' as const, released }
      })
      return idempotent(input, action)
    },
  )
