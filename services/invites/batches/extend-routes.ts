// Changing the expiry of a code or batch.
import { key } from '@vobee/shared/auth/callers'
import { storingReply } from '@vobee/shared/data/idempotency'
import type { ProblemFactory } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { BatchId, GivenCode } from '../codes/code-format.ts'
import { LONG_ACTION_MS, type RouteDeps } from '../codes/route-deps.ts'
import { invalidCode, notExtendable, unknownBatch } from '../errors.ts'
import { type Expiry, type Extension, extend } from './extend.ts'
import { ExtendBody } from './extend-body.ts'

const ExtendReply = z
  .object({
    status: z.literal('success'),
    expires_at: z.iso.datetime().nullable().describe('Null: never.'),
    extended: z.int().describe('The number of codes that expire then.'),
    revoked: z
      .int()
      .describe('The number of codes that stay as they are because they are revoked.'),
  })
  .meta({ id: 'Extension' })

const expiryOf = ({ expires_in_days, expires_at }: ExtendBody): Expiry =>
  expires_in_days === undefined ? { at: expires_at ?? null } : { days: expires_in_days }

const replyOf = (extension: Extension | null, unknown: ProblemFactory) => {
  if (!extension) throw unknown()
  if (extension.extended === 0) throw notExtendable()
  return { status: 'success' as const, ...extension }
}

export const extendCodeRoute = (app: FastifyInstance, { db, idempotent }: RouteDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/:code/extend',
      operationId: 'extendCode',
      examples: { body: { expires_in_days: 30 } },
      summary: 'Change the expiry of a code; an expired code becomes active again',
      auth: key('invites:write'),
      params: z.strictObject({ code: GivenCode }),
      body: ExtendBody,
      replies: [200, ExtendReply],
      errors: [invalidCode, notExtendable],
      idempotent: true,
    },
    (input) => {
      const target = { kind: 'code' as const, name: input.params.code }
      const change = { target, expiry: expiryOf(input.body), audit: auditOf(input) }
      const action = storingReply(async (connection) =>
        replyOf(await extend(connection ?? db, change), invalidCode),
      )
      return idempotent(input, action)
    },
  )

export const extendBatchRoute = (app: FastifyInstance, { db }: RouteDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/batches/:batch_id/extend',
      operationId: 'extendBatch',
      examples: { body: { expires_in_days: 30 } },
      summary: 'Change the expiry of a batch; its expired codes become active again',
      auth: key('invites:write'),
      params: z.strictObject({ batch_id: BatchId }),
      body: ExtendBody,
      replies: [200, ExtendReply],
      errors: [unknownBatch, notExtendable],
    },
    async (input) => {
      const target = { kind: 'batch' as const, name: input.params.batch_id }
      const change = { target, expiry: expiryOf(input.body), audit: auditOf(input) }
      setIdleTimeout(input.reply, LONG_ACTION_MS)
      return replyOf(await extend(db, change), unknownBatch)
    },
  )
