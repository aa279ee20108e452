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
import { ScoreParts } from '../line/position-route.ts'
import { type ActionOutcome, adjustScore, removeEntry } from './actions.ts'

const params = z.strictObject({ id: z.uuid() })
const reason = text(500).describe('Why; written down with the act.')
const refuses = [unknownEntry, notWaiting]

const done = <Done>(act: ActionOutcome<Done>): Done => {
  if (act.outcome === 'unknown') throw unknownEntry()
  if (act.outcome === 'not_waiting') throw notWaiting(`This person is ${act.status}.`)
  return act
}

export type ActDeps = { db: Database; once: Idempotent }

export const scoreRoute = (app: FastifyInstance, { db, once }: ActDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/entries/:id/score',
      operationId: 'adjustEntryScore',
      summary: 'Add to the score of one who waits, or take from it',
      auth: key('waitlist:write'),
      params,
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
      errors: refuses,
      idempotent: true,
    },
    async (asked) => {
      const { by, reason } = asked.body
      const { id } = asked.params
      const audit = auditOf(asked, reason)
      const act = storingReply(async (connection) => {
        const { score, score_parts } = done(await adjustScore(connection ?? db, id, { by, audit }))
        return { status: 'success' as const, id, score, score_parts }
      })
      return once(asked, act)
    },
  )

export const removeRoute = (app: FastifyInstance, { db, once }: ActDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/entries/:id/remove',
      operationId: 'removeEntry',
      summary: 'Take one who waits off the list',
      auth: key('waitlist:write'),
      params,
      body: z.strictObject({ reason }),
      replies: [200, z.object({ status: z.literal('success'), id: z.uuid() })],
      errors: refuses,
      idempotent: true,
    },
    async (asked) => {
      const { id } = asked.params
      const audit = auditOf(asked, asked.body.reason)
      const act = storingReply(async (connection) => {
        done(await removeEntry(connection ?? db, id, audit))
        return { status: 'success' as const, id }
      })
      return once(asked, act)
    },
  )
