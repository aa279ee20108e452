// Undoing a revocation.

import { key } from '@vobee/shared/auth/callers'
import { storingReply } from '@vobee/shared/data/idempotency'
import { route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { unknownRevocation } from '../errors.ts'
import { settle } from './apply.ts'
import { type ActDeps, LONGEST_MS, nameOf } from './revoke-routes.ts'
import { findUndone, undo } from './undo.ts'

const UndoReply = z.object({
  status: z.literal('success'),
  revocation_id: z.int(),
  undone_at: z.iso.datetime(),
  restored: z.int().describe('How many codes it gave back; not those that another one holds.'),
})

export const undoRoute = (app: FastifyInstance, { db, once }: ActDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/revocations/:id/undo',
      operationId: 'undoRevocation',
      summary: 'Give back what a revocation took',
      auth: key('invites:write'),
      params: z.strictObject({ id: z.coerce.number().int().min(1) }),
      replies: [200, UndoReply],
      errors: [unknownRevocation],
      idempotent: true,
    },
    async (asked) => {
      const { id } = asked.params
      const undoing = { id, by: nameOf(asked.caller), audit: auditOf(asked) }
      setIdleTimeout(asked.reply, LONGEST_MS)
      const act = storingReply(async (connection) => {
        await undo(connection ?? db, undoing)
        return id
      })
      await once(asked, act)
      await settle(db, id)
      const undone = await findUndone(db, id)
      if (!undone) throw unknownRevocation()
      return { status: 'success' as const, revocation_id: id, ...undone }
    },
  )
