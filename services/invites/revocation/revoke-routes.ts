// Revoking a code or a batch.
import { callerName, key } from '@vobee/shared/auth/callers'
import { storingReply } from '@vobee/shared/data/idempotency/idempotency'
import type { ProblemFactory } from '@vobee/shared/http/problem'
import { type RouteInput, route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { text } from '@vobee/shared/http/text'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { BatchId, GivenCode } from '../codes/code-format.ts'
import { LONG_ACTION_MS, type RouteDeps } from '../codes/route-deps.ts'
import type { Target } from '../codes/targets.ts'
import { invalidCode, unknownBatch } from '../errors.ts'
import { applyRevocation } from './apply.ts'
import { getRevocation, type Revocation, revoke } from './revoke.ts'

export const Reason = text(500).describe('Stored with the revocation.')

const RevokeBody = z.strictObject({ reason: Reason })

export const RevokeReply = z
  .object({
    status: z.literal('success'),
    revocation_id: z.int().describe('The id with which you can undo it.'),
    revoked_at: z.iso.datetime(),
    reason: z.string(),
    codes: z.int().describe('The number of codes that it revoked; not those revoked before.'),
  })
  .meta({ id: 'Revocation' })

type RevokeInput = RouteInput<z.ZodType, z.ZodType | undefined, typeof RevokeBody>

/** Revokes once for each `Idempotency-Key`. @throws `unknown` if the target does not exist. */
export const revokeOnce = async (
  { db, idempotent }: RouteDeps,
  input: RevokeInput,
  { target, unknown }: { target: Target; unknown: ProblemFactory },
): Promise<Revocation> => {
  const { reason } = input.body
  const request = { target, reason, by: callerName(input.caller), audit: auditOf(input, reason) }
  setIdleTimeout(input.reply, LONG_ACTION_MS)
  const action = storingReply(async (connection) => {
    const id = await revoke(connection ?? db, request)
    if (id === null) throw unknown()
    return id
  })
  const id = await idempotent(input, action)
  await applyRevocation(db, id)
  return getRevocation(db, id)
}

export const revokeCodeRoute = (app: FastifyInstance, deps: RouteDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/:code/revoke',
      operationId: 'revokeCode',
      summary: 'Revoke a code; its uses stay',
      auth: key('invites:write'),
      params: z.strictObject({ code: GivenCode }),
      body: RevokeBody,
      replies: [200, RevokeReply],
      errors: [invalidCode],
      idempotent: true,
    },
    async (input) => {
      const target = { kind: 'code' as const, name: input.params.code }
      const revocation = await revokeOnce(deps, input, { target, unknown: invalidCode })
      return { status: 'success' as const, ...revocation }
    },
  )

export const revokeBatchRoute = (app: FastifyInstance, deps: RouteDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/batches/:batch_id/revoke',
      operationId: 'revokeBatch',
      summary: 'Revoke all codes of a batch; their uses stay',
      auth: key('invites:write'),
      params: z.strictObject({ batch_id: BatchId }),
      body: RevokeBody,
      replies: [200, RevokeReply],
      errors: [unknownBatch],
      idempotent: true,
    },
    async (input) => {
      const target = { kind: 'batch' as const, name: input.params.batch_id }
      const revocation = await revokeOnce(deps, input, { target, unknown: unknownBatch })
      return { status: 'success' as const, ...revocation }
    },
  )
