// Changing the expiry of a code or batch.
import { key } from '@vobee/shared/auth/callers'
import { storingReply } from '@vobee/shared/data/idempotency/idempotency'
import type { ProblemFactory } from '@vobee/shared/http/problem'
import { type RouteInput, route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { BatchId, GivenCode } from '../codes/code-format.ts'
import { LONG_ACTION_MS, type RouteDeps } from '../codes/route-deps.ts'
import { invalidCode, notExtendable, unknownBatch } from '../errors.ts'
import { type Expiry, type Extend, type Extension, extendCode } from './extend.ts'
import { applyExtension, extendBatch } from './extend-batch.ts'
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

type ExtendInput = RouteInput<z.ZodType, undefined, typeof ExtendBody>

const requestOf = (input: ExtendInput, name: string): Extend => ({
  name,
  expiry: expiryOf(input.body),
  audit: auditOf(input),
})

const checked = <E extends Extension>(extension: E | null, unknown: ProblemFactory): E => {
  if (!extension) throw unknown()
  if (extension.extended === 0) throw notExtendable()
  return extension
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
    async (input) => {
      const change = requestOf(input, input.params.code)
      const action = storingReply(async (connection) =>
        checked(await extendCode(connection ?? db, change), invalidCode),
      )
      return { status: 'success' as const, ...(await idempotent(input, action)) }
    },
  )

export const extendBatchRoute = (app: FastifyInstance, { db, idempotent }: RouteDeps) =>
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
      idempotent: true,
    },
    async (input) => {
      const change = requestOf(input, input.params.batch_id)
      setIdleTimeout(input.reply, LONG_ACTION_MS)
      const action = storingReply(async (connection) =>
        checked(await extendBatch(connection ?? db, change), unknownBatch),
      )
      const { batch, ...extension } = await idempotent(input, action)
      await applyExtension(db, batch)
      return { status: 'success' as const, ...extension }
    },
  )
