// Giving a code or a batch another end.

import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { storingReply } from '@vobee/shared/data/idempotency'
import type { ProblemFactory } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { BatchId, GivenCode } from '../codes/code-format.ts'
import { invalidCode, notExtendable, unknownBatch } from '../errors.ts'
import { type ActDeps, LONGEST_MS } from '../revocation/revoke-routes.ts'
import { type Extension, extend } from './extend.ts'
import { ExtendBody } from './extend-body.ts'

const ExtendReply = z.object({
  status: z.literal('success'),
  expires_at: z.iso.datetime().nullable().describe('Null: never.'),
  extended: z.int().describe('How many codes end then.'),
  revoked: z.int().describe('How many were left as they are because they are revoked.'),
})

const endOf = ({ expires_in_days, expires_at }: ExtendBody) =>
  expires_in_days === undefined ? { at: expires_at ?? null } : { days: expires_in_days }

const answerOf = (extension: Extension | null, unknown: ProblemFactory) => {
  if (!extension) throw unknown()
  if (extension.extended === 0) throw notExtendable()
  return { status: 'success' as const, ...extension }
}

export const extendCodeRoute = (app: FastifyInstance, { db, once }: ActDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/:code/extend',
      operationId: 'extendCode',
      examples: { body: { expires_in_days: 30 } },
      summary: 'Give a code another end; an expired one lives again',
      auth: key('invites:write'),
      params: z.strictObject({ code: GivenCode }),
      body: ExtendBody,
      replies: [200, ExtendReply],
      errors: [invalidCode, notExtendable],
      idempotent: true,
    },
    (asked) => {
      const target = { kind: 'code' as const, named: asked.params.code }
      const extending = { target, end: endOf(asked.body), audit: auditOf(asked) }
      const act = storingReply(async (connection) =>
        answerOf(await extend(connection ?? db, extending), invalidCode),
      )
      return once(asked, act)
    },
  )

export const extendBatchRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/batches/:batch_id/extend',
      operationId: 'extendBatch',
      examples: { body: { expires_in_days: 30 } },
      summary: 'Give the codes of a batch another end; expired ones live again',
      auth: key('invites:write'),
      params: z.strictObject({ batch_id: BatchId }),
      body: ExtendBody,
      replies: [200, ExtendReply],
      errors: [unknownBatch, notExtendable],
    },
    async (asked) => {
      const target = { kind: 'batch' as const, named: asked.params.batch_id }
      setIdleTimeout(asked.reply, LONGEST_MS)
      const extending = { target, end: endOf(asked.body), audit: auditOf(asked) }
      return answerOf(await extend(db, extending), unknownBatch)
    },
  )
