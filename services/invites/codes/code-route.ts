import { key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { invalidCode } from '../errors.ts'
import { findCodeDetails, MOST } from './code-details.ts'
import { GivenCode } from './code-format.ts'
import { Code } from './list-codes-route.ts'
import { reservationStates } from './reserved-uses.ts'
import { revocationKinds } from './revocation-kinds.ts'
import type { RouteDeps } from './route-deps.ts'

const time = z.iso.datetime()

const CodeReply = Code.extend({
  reserved_uses: z.int().describe('Of `uses_left`; 0 for an unlimited code.'),
  metadata: z.record(z.string(), z.unknown()).describe('Of its batch.'),
  redemptions: z
    .array(z.object({ email: z.string().nullable(), used_at: time }))
    .describe(`Newest first, at most ${MOST}. Old addresses are deleted: \`email\` is then null.`),
  reservations: z
    .array(
      z.object({
        reservation_id: z.uuid(),
        email: z.string(),
        state: z.enum(reservationStates),
        created_at: time,
        expires_at: time,
      }),
    )
    .describe(`Newest first, at most ${MOST}, without those that were cancelled.`),
  revocations: z
    .array(
      z.object({
        revocation_id: z.int().describe('The id with which you can undo it.'),
        kind: z.enum(revocationKinds),
        reason: z.string(),
        revoked_by: z.string(),
        revoked_at: time,
        undone_at: time.nullable(),
        undone_by: z.string().nullable(),
      }),
    )
    .describe('Every revocation that covers the code, newest first.'),
})

export const codeRoute = (app: FastifyInstance, { db }: RouteDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/codes/:code',
      operationId: 'getCode',
      summary: 'Get a code with its recipient, uses, reservations and revocations',
      auth: key('invites:read'),
      params: z.strictObject({ code: GivenCode }),
      replies: [200, CodeReply],
      errors: [invalidCode],
    },
    async ({ params }) => {
      const code = await findCodeDetails(db, params.code)
      if (!code) throw invalidCode()
      return code
    },
  )
