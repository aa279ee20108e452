// What an admin does to one entry.
import { key } from '@vobee/shared/auth/callers'
import { mutex } from '@vobee/shared/data/batch'
import {
  type Database,
  type Queryable,
  type Transaction,
  transaction,
} from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency/idempotency'
import { overloaded } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { entryErased, notWaiting, unknownEntry } from '../../errors.ts'
import { ScoreParts } from '../../line/position-reply.ts'
import type { MailConfig } from '../../mail/config.ts'
import { missingEntry, wasErased } from '../missing.ts'
import { type ActionOutcome, adjustScore, arrivalOf, removeEntry, restoreEntry } from './actions.ts'
import { eraseChosen } from './erase-entries.ts'

const params = z.strictObject({ id: z.uuid() })
const reason = text(500).describe('Why. Stored in the audit log.')

const doneOf = async <Done>(db: Queryable, id: string, action: ActionOutcome<Done>) => {
  if (action.outcome === 'unknown') throw await missingEntry(db, id)
  if (action.outcome === 'not_waiting') throw notWaiting(`The entry is ${action.status}.`)
  return action
}

const ReasonBody = z.strictObject({ reason }).meta({ id: 'EntryActionRequest' })
const DoneReply = z.object({ status: z.literal('success'), id: z.uuid() })

const common = {
  method: 'POST',
  auth: key('waitlist:write'),
  params,
  errors: [unknownEntry, entryErased, notWaiting],
  idempotent: true,
} as const

export type ActionDeps = {
  db: Database
  idempotent: Idempotent
  mail: Pick<MailConfig, 'confirmation'>
  personKey: PersonKey
}

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
        const { score, score_parts } = await doneOf(db, id, adjusted)
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
      body: ReasonBody,
      replies: [200, DoneReply],
    },
    (input) => {
      const { id } = input.params
      const audit = auditOf(input, input.body.reason)
      const action = storingReply(async (connection) => {
        await doneOf(db, id, await removeEntry(connection ?? db, id, audit))
        return { status: 'success' as const, id }
      })
      return idempotent(input, action)
    },
  )

export const restoreRoute = (app: FastifyInstance, { db, idempotent, mail }: ActionDeps) =>
  route(
    app,
    {
      ...common,
      url: '/api/waitlist/entries/:id/restore',
      operationId: 'restoreEntry',
      summary: 'Restore a removed entry to its position',
      body: ReasonBody,
      replies: [
        200,
        DoneReply.extend({
          restored: z.boolean().describe('False if the entry was not removed.'),
        }),
      ],
      errors: [unknownEntry, entryErased],
    },
    (input) => {
      const { id } = input.params
      const terms = { audit: auditOf(input, input.body.reason), ...mail }
      const action = storingReply(async (connection) => {
        const restored = await restoreEntry(connection ?? db, id, terms)
        if (restored === null) throw await missingEntry(db, id)
        return { status: 'success' as const, id, restored }
      })
      return idempotent(input, action)
    },
  )

/** Most requests that wait: each searches all queued mails and the audit log. */
const WAITING = 64

export const eraseRoute = (app: FastifyInstance, { db, idempotent, personKey }: ActionDeps) => {
  const oneAtATime = mutex(WAITING)
  route(
    app,
    {
      ...common,
      url: '/api/waitlist/entries/:id/erase',
      operationId: 'eraseEntry',
      summary: 'Erase the person of an entry, in every service',
      body: ReasonBody,
      replies: [200, DoneReply],
      errors: [unknownEntry, overloaded],
    },
    (input) => {
      const { id } = input.params
      const terms = { audit: auditOf(input, input.body.reason), personKey }
      const erase = (connection: Transaction) => eraseChosen(connection, arrivalOf(id), terms)
      const action = storingReply(async (connection) => {
        const erased = await transaction(connection ?? db, erase)
        if (erased === 0 && !(await wasErased(db, id))) throw unknownEntry()
        return { status: 'success' as const, id }
      })
      return idempotent(input, { ...action, mutex: oneAtATime })
    },
  )
}
