// What an admin does to one entry.
import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { notWaiting, unknownEntry } from '../errors.ts'
import { ScoreParts } from '../line/position-reply.ts'
import { type ActionOutcome, adjustScore, removeEntry } from './actions.ts'

const params = z.strictObject({ id: z.uuid() })
const reason = text(500).describe('Why. Stored in the audit log.')

const doneOf = <Done>(action: ActionOutcome<Done>): Done => {
  if (action.outcome === 'unknown') throw unknownEntry()
  if (action.outcome === 'not_waiting') throw notWaiting(`The entry is ${action.status}.`)
  return action
}

const common = {
  method: 'POST',
  auth: key('waitlist:write'),
  params,
  errors: [unknownEntry, notWaiting],
  idempotent: true,
} as const

export type ActionDeps = { db: Database; idempotent: Idempotent }

export const adjustScoreRoute = (app: FastifyInstance, { db, idempotent }: ActionDeps) =>
  route(
    app,
    {
      ...common,
      url: '/api/waitlist/entries/:id/score',
      operationId: 'adjustEntryScore',
      summary: 'Add points to the score of a waiting entry, or remove points',
      body: z.strictObject({
        by: z
          .int()
          .min(-1000)
          .max(1000)
          .refine((points) => points !== 0, 'must not be 0'),
        reason,
      }),
      replies: [
        200,
        z.object({
          status: z.literal('success'),
          id: z.uuid(),
          score: z.int(),
          score_parts: ScoreParts,
        }),
      ],
    },
    (input) => {
      const { by } = input.body
      const { id } = input.params
      const audit = auditOf(input, input.body.reason)
      const action = storingReply(async (connection) => {
        const adjusted = await adjustScore(connection ?? db, id, { by, audit })
        const { score, score_parts } = doneOf(adjusted)
        return { status: 'success' as const, id, score, score_parts }
      })
      return idempotent(input, action)
    },
  )

export const removeRoute = (app: FastifyInstance, { db, idempotent }: ActionDeps) =>
  route(
    app,
    {
      ...common,
      url: '/api/waitlist/entries/:id/remove',
      operationId: 'removeEntry',
      summary: 'Remove a waiting entry from the list',
      body: z.strictObject({ reason }),
      replies: [200, z.object({ status: z.literal('success'), id: z.uuid() })],
    },
    (input) => {
      const { id } = input.params
      const audit = auditOf(input, input.body.reason)
      const action = storingReply(async (connection) => {
        doneOf(await removeEntry(connection ?? db, id, audit))
        return { status: 'success' as const, id }
      })
      return idempotent(input, action)
    },
  )
