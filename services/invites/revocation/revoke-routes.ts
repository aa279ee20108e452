// Taking a code or a batch back.

import { type Caller, key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency'
import type { ProblemFactory } from '@vobee/shared/http/problem'
import { type RouteInput, route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { text } from '@vobee/shared/http/text'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { BatchId, GivenCode } from '../codes/code-format.ts'
import type { Target } from '../codes/targets.ts'
import { invalidCode, unknownBatch } from '../errors.ts'
import { settle } from './apply.ts'
import { getRevocation, type Revocation, revoke } from './revoke.ts'

export const Reason = text(500).describe('Kept with what it ended.')

const RevokeBody = z.strictObject({ reason: Reason })

export const RevokeReply = z.object({
  status: z.literal('success'),
  revocation_id: z.int().describe('By which it can be undone.'),
  revoked_at: z.iso.datetime(),
  reason: z.string(),
  codes: z.int().describe('How many it ended; not those that were revoked before.'),
})

/** Who acts, as they are written down with what they did. */
export const nameOf = (caller: Caller) => (caller.kind === 'key' ? caller.name : caller.kind)

export type ActDeps = { db: Database; once: Idempotent }

type Asking = RouteInput<z.ZodType, z.ZodType | undefined, typeof RevokeBody>

/** A million codes take half a minute. */
export const LONGEST_MS = 120_000

/** Revokes once for each `Idempotency-Key`. @throws `unknown` when there is no such target. */
export const revokeOnce = async (
  { db, once }: ActDeps,
  asked: Asking,
  { target, unknown }: { target: Target; unknown: ProblemFactory },
): Promise<Revocation> => {
  const { reason } = asked.body
  const revoking = { target, reason, by: nameOf(asked.caller), audit: auditOf(asked, reason) }
  setIdleTimeout(asked.reply, LONGEST_MS)
  const act = storingReply(async (connection) => {
    const id = await revoke(connection ?? db, revoking)
    if (id === null) throw unknown()
    return id
  })
  const id = await once(asked, act)
  await settle(db, id)
  return getRevocation(db, id)
}

export const revokeCodeRoute = (app: FastifyInstance, deps: ActDeps) =>
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
    async (asked) => {
      const target = { kind: 'code' as const, named: asked.params.code }
      const revoked = await revokeOnce(deps, asked, { target, unknown: invalidCode })
      return { status: 'success' as const, ...revoked }
    },
  )

export const revokeBatchRoute = (app: FastifyInstance, deps: ActDeps) =>
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
    async (asked) => {
      const target = { kind: 'batch' as const, named: asked.params.batch_id }
      const revoked = await revokeOnce(deps, asked, { target, unknown: unknownBatch })
      return { status: 'success' as const, ...revoked }
    },
  )
