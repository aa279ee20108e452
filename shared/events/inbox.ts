// Consuming events: what others published stands as rows in this service's inbox. Deleting a row
// and its effect share one transaction, so the effect happens once from any number of replicas, and
// nothing is lost while the consumer is down. A row that keeps failing is dead-lettered, not lost.
import { Gauge } from 'prom-client'
import { type Database, type Queryable, type Transaction, transaction } from '../data/database.ts'
import { isConnectionLost } from '../data/database-errors.ts'
import { isRetryable } from '../data/retry.ts'
import { raw, sql } from '../data/sql.ts'
import { Problem } from '../http/problem.ts'
import type { Metrics } from '../ops/metrics.ts'
import { nextBatchSize } from './batch-size.ts'
import { type ConsumedBy, type EventName, events, type Payload, type Service } from './catalogue.ts'
import { hasDue, postpone, take } from './inbox-queries.ts'
import { type Found, openPoller, type Seen } from './poller.ts'
import type { WakeUp } from './wake-up.ts'

type Handler<Event> = (db: Transaction, event: Event) => Promise<unknown>

/** What each event does: called for each, or with `all` once for those that share a batch. */
export type Handlers<S extends Service> = {
  [Name in ConsumedBy<S>]: Handler<Payload<Name>> | { all: Handler<Payload<Name>[]> }
}

/** An event as it stands in an inbox. */
export type InboxRow = { id: number; event: EventName; payload: unknown }

/** Reorders or changes the rows of a batch before their handlers run, in their transaction. */
export type PrepareBatch = (db: Transaction, rows: readonly InboxRow[]) => Promise<InboxRow[]>

type Log = { warn: (details: object, message: string) => void }

const BATCH = 50

export type InboxCounts = { waiting: number; set_aside: number }

/** Counts the events that wait, and those that were dead-lettered after ten failures. */
export const countInbox = async (db: Queryable, service: Service): Promise<InboxCounts> => {
  const { rows } = await db.query<InboxCounts>(sql`
    select count(*) filter (where dead_lettered_at is null) as waiting,
           count(*) filter (where dead_lettered_at is not null) as set_aside
    from ${raw(service)}.inbox`)
  return rows[0] as InboxCounts
}

export const measureInbox = (db: Queryable, service: Service, registry: Metrics) => {
  new Gauge({
    name: 'inbox_events',
    help: 'Events in the inbox of this service, by state.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const counts = await countInbox(db, service).catch(() => null)
      if (!counts) return this.reset()
      this.set({ state: 'waiting' }, counts.waiting)
      this.set({ state: 'set_aside' }, counts.set_aside)
    },
  })
}

export type Inbox = {
  /** Handles the events that are due; returns how many, or -1 if the batch failed. */
  processBatch: () => Promise<number>
  start: () => void
  /** Resolves when the batch in progress has ended. */
  stop: () => Promise<void>
}

export type InboxOptions = {
  log: Log
  /** Most events in a transaction; 1 where a handler takes locks that others wait for. */
  batch?: number | undefined
  prepare?: PrepareBatch
  /** Wakes the consumer; without it the inbox is polled. */
  wakeUp?: WakeUp | undefined
}

const isUnavailable = (error: unknown) => error instanceof Problem && error.status === 503

// The batch is run again as a whole. A statement that takes too long or names a missing table is
// the event's own error.
const isPassing = (error: unknown) =>
  isConnectionLost(error) || isRetryable(error) || isUnavailable(error)

type Consumer<S extends Service> = {
  db: Database
  service: S
  handlers: Handlers<S>
  prepare: PrepareBatch
}

type BatchResult = { handled: number } | { failed: InboxRow; error: Error }

/** Handles up to `limit` events in one transaction. @throws if Postgres asks to run it again. */
const handleBatch = async <S extends Service>(
  { db, service, handlers, prepare }: Consumer<S>,
  limit: number,
): Promise<BatchResult> => {
  let last: InboxRow | undefined
  try {
    return await transaction(db, async (connection) => {
      const { rows } = await connection.query<InboxRow>(take(service, limit))
      rows.sort((a, b) => a.id - b.id)
      last = rows.at(-1)
      const byEvent = Map.groupBy(await prepare(connection, rows), (row) => row.event)
      for (const [event, same] of byEvent) await handle(connection, handlers, { event, same })
      return { handled: rows.length }
    })
  } catch (error) {
    if (isPassing(error) || !last) throw error
    return { failed: last, error: error as Error }
  }
}

const handle = async <S extends Service>(
  connection: Transaction,
  handlers: Handlers<S>,
  { event, same }: { event: EventName; same: InboxRow[] },
) => {
  const handler = (handlers as Record<string, Handler<unknown> | { all: Handler<unknown[]> }>)[
    event
  ]
  if (!handler) throw new Error(`no handler for ${event}`)
  const payloads = same.map(({ payload }) => events[event].payload.parse(payload))
  if ('all' in handler) return handler.all(connection, payloads)
  for (const payload of payloads) await handler(connection, payload)
}

/** Opens the consumer of a service: one handler for each event that the catalogue sends to it. */
export const openInbox = <S extends Service>(
  db: Database,
  service: S,
  handlers: Handlers<S>,
  { log, batch = BATCH, prepare = async (_db, rows) => [...rows], wakeUp }: InboxOptions,
): Inbox => {
  const consumer = { db, service, handlers, prepare }
  // After a batch failed, its rows are taken one at a time, so that only the bad one fails.
  let singles = 0
  let most = batch
  const limit = () => (singles > 0 ? 1 : most)

  const processBatch = async (): Promise<number> => {
    const size = limit()
    const started = performance.now()
    const result = await handleBatch(consumer, size)
    const hasFailed = 'failed' in result
    singles = hasFailed && singles === 0 ? batch : Math.max(0, singles - 1)
    if (!hasFailed) {
      const ms = performance.now() - started
      most = nextBatchSize({ handled: result.handled, ms }, { size: most, most: batch })
      return result.handled
    }
    if (size === 1) await fail(result.failed, result.error)
    return -1
  }

  const fail = async (row: InboxRow, error: Error) => {
    log.warn({ err: error, event: row.event, id: row.id }, 'an event could not be handled')
    await db.query(postpone(service, row.id, error.message))
  }

  const processAll = async (): Promise<Found> => {
    const size = limit()
    const handled = await processBatch()
    if (handled < 0 || handled === size) return 'more'
    return handled === 0 ? 'nothing' : 'all'
  }
  const look = async (): Promise<Seen> => {
    const { due, waiting } = (await db.query(hasDue(service))).rows[0]
    if (due) return 'due'
    return waiting ? 'later' : 'nothing'
  }
  const poller = openPoller({ processBatch: processAll, look, wakeUp }, log)
  const start = () => {
    wakeUp?.start()
    poller.start()
  }
  const stop = async () => {
    await Promise.all([poller.stop(), wakeUp?.stop()])
  }
  return { processBatch, start, stop }
}
