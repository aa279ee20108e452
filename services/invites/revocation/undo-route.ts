import { callerName, key } from '@vobee/shared/auth/callers'
import { storingReply } from '@vobee/shared/data/idempotency/idempotency'
import { route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { LONG_ACTION_MS, type RouteDeps } from '../codes/route-deps.ts'
import { notUndoable, unknownRevocation } from '../errors.ts'
import { applyRevocation } from './apply.ts'
import { findUndone, undo } from './undo.ts'

const UndoReply = z.object({
  status: z.literal('success'),
  revocation_id: z.int(),
  undone_at: z.iso.datetime(),
  restored: z
    .int()
    .describe('The number of restored codes; not those that another revocation covers.'),
})

export const undoRoute = (app: FastifyInstance, { db, idempotent }: RouteDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/revocations/:id/undo',
      operationId: 'undoRevocation',
      summary: 'Undo a revocation: restore the codes that it revoked. A recall cannot be undone.',
      auth: key('invites:write'),
      params: z.strictObject({ id: z.coerce.number().int().min(1) }),
      replies: [200, UndoReply],
      errors: [unknownRevocation, notUndoable],
      idempotent: true,
    },
    async (input) => {
      const { id } = input.params
      const request = { id, by: callerName(input.caller), audit: auditOf(input) }
      setIdleTimeout(input.reply, LONG_ACTION_MS)
      const action = storingReply(async (connection) => {
        await undo(connection ?? db, request)
        return id
      })
      await idempotent(input, action)
      await applyRevocation(db, id)
      const undone = await findUndone(db, id)
      if (!undone) throw unknownRevocation()
      const { is_final, undone_at, restored } = undone
      if (is_final) throw notUndoable()
      return { status: 'success' as const, revocation_id: id, undone_at, restored }
    },
  )
