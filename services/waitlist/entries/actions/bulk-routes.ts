// Removing, restoring and erasing many entries.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { key } from '@vobee/shared/auth/callers'
import { mutex } from '@vobee/shared/data/batch'
import { type Database, type Transaction, transaction } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency/idempotency'
import { overloaded } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import { setIdleTimeout } from '@vobee/shared/http/server'
import { reportTogether, text } from '@vobee/shared/http/text'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { unknownAction } from '../../errors.ts'
import { StatusFilter, searchOf } from '../filter.ts'
import {
  type BulkAction,
  type BulkOrder,
  bulkActions,
  countMatching,
  type EntryAction,
  findAction,
  MOST,
  selectEntries,
} from './bulk-select.ts'

// An empty `metadata` matches every entry.
const isCondition = (value: unknown) =>
  typeof value === 'object' ? Object.keys(value as object).length > 0 : value !== undefined

const BulkBody = z
  .strictObject({
    filter: StatusFilter.refine(
      (filter) => Object.values(filter).some(isCondition),
      'must have a condition',
    )
      .optional()
      .describe(`Or \`ids\`. At most ${MOST.toLocaleString('en')} entries; repeat for the rest.`),
    ids: z.array(z.uuid()).min(1).max(1_000).optional(),
    reason: text(500).describe('Why. Stored in the audit log.'),
    dry_run: z.boolean().optional().describe('Counts the entries and changes nothing.'),
  })
  .refine(({ filter, ids }) => (filter === undefined) !== (ids === undefined), {
    path: ['filter'],
    message: 'must be given, or ids, and not both',
    ...reportTogether,
  })
  .meta({ id: 'EntriesActionRequest' })

const counts = {
  matched: z.int().describe('Entries that the action applies to.'),
  done: z.int().describe('Entries changed so far.'),
  pending: z.int().describe('Entries still to be changed.'),
}

const BulkReply = z
  .object({
    status: z.literal('success'),
    action_id: z.uuid().nullable().describe('Null with dry_run.'),
    ...counts,
  })
  .meta({ id: 'EntriesActionReply' })

const ActionReply = z
  .object({
    action_id: z.uuid(),
    action: z.enum(bulkActions),
    ...counts,
    by: z.string().describe('The name of the key.'),
    reason: z.string().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'EntriesAction' })

export type BulkRouteDeps = {
  db: Database
  idempotent: Idempotent
  personKey: PersonKey
  /** Changes the entries; resolves when all are changed. */
  runActions: () => Promise<void>
}

/** ms for which a reply waits for the changes, so that small actions are done when it is sent. */
const PATIENCE_MS = 1_000
/** Longest time, in ms, of a selection and the selections before it. */
const TIMEOUT_MS = 60_000
/** Most selections that run or wait. */
const WAITING = 16

const summaries: Record<BulkAction, string> = {
  remove: 'Remove many entries from the list',
  restore: 'Restore many removed entries',
  erase: 'Erase the people of many entries, in every service',
}

const within = <T>(
  db: Database,
  connection: Transaction | null,
  act: (on: Transaction) => Promise<T>,
) => (connection ? act(connection) : transaction(db, act))

export const bulkRoute = (
  app: FastifyInstance,
  action: BulkAction,
  { db, idempotent, personKey, runActions }: BulkRouteDeps,
) => {
  const oneAtATime = mutex(WAITING)
  route(
    app,
    {
      method: 'POST',
      url: `/api/waitlist/entries/${action}`,
      operationId: `${action}Entries`,
      summary: summaries[action],
      auth: key('waitlist:write'),
      body: BulkBody,
      examples: { body: { filter: { persona: 'agency' }, reason: 'A test', dry_run: true } },
      replies: [200, BulkReply],
      errors: [overloaded],
      idempotent: true,
    },
    async (input) => {
      const { filter, ids = [], reason, dry_run } = input.body
      setIdleTimeout(input.reply, TIMEOUT_MS)
      const search = filter ? searchOf(filter, personKey) : null
      const order: BulkOrder = {
        id: randomUUID(),
        action,
        search,
        ids,
        audit: auditOf(input, reason),
      }
      const selecting = storingReply(async (connection) => {
        const matched = dry_run
          ? await within(db, connection, (on) => countMatching(on, order))
          : await within(db, connection, (on) => selectEntries(on, order)).then(() => null)
        return { action_id: matched === null ? order.id : null, matched }
      })
      const { action_id, matched } = await idempotent(input, { ...selecting, mutex: oneAtATime })
      if (action_id === null)
        return { status: 'success' as const, action_id, matched: matched ?? 0, done: 0, pending: 0 }
      await Promise.race([runActions(), wait(PATIENCE_MS)])
      const found = (await findAction(db, action_id)) as EntryAction
      return { status: 'success' as const, ...found }
    },
  )
}

export const bulkStatusRoute = (app: FastifyInstance, { db }: Pick<BulkRouteDeps, 'db'>) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/entries/actions/:id',
      operationId: 'getEntriesAction',
      summary: 'Get how far an action on many entries is',
      auth: key('waitlist:read'),
      params: z.strictObject({ id: z.uuid() }),
      replies: [200, ActionReply],
      errors: [unknownAction],
    },
    async ({ params: { id } }) => {
      const found = await findAction(db, id)
      if (!found) throw unknownAction()
      return found
    },
  )
