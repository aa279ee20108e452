// Listening: what others told stands as rows in this service's inbox. Taking a row and its effect
// share one transaction, so an effect happens once from however many replicas, and nothing is
// lost while the listener is down. A row that keeps failing is set aside, not thrown away.
import { setTimeout as wait } from 'node:timers/promises'
import { Gauge } from 'prom-client'
import { type Database, type Queryable, type Transaction, transaction } from '../data/database.ts'
import { isConnectionLost } from '../http/problem.ts'
import type { Metrics } from '../ops/metrics.ts'
import { applyErasures, type InboxRow } from '../privacy/erase.ts'
import { type ConsumedBy, type EventName, events, type Payload, type Service } from './catalogue.ts'

type Handler<Told> = (db: Transaction, told: Told) => Promise<unknown>

/** What happens upon each event: for each one told, or with `all` for all that wait, at once. */
export type Handlers<S extends Service> = {
  [Name in ConsumedBy<S>]: Handler<Payload<Name>> | { all: Handler<Payload<Name>[]> }
}

type Log = { warn: (details: object, message: string) => void }

const BATCH = 50
/**
 * Between two looks when the first took all there was: events are heard together. A listener that
 * looked again at once took a third more CPU while people joined.
 */
const POLL_MS = 150
const UNAVAILABLE_MS = 500
const ATTEMPTS = 10

const take = (service: Service) => `
  delete from ${service}.inbox
  where id in (
    select id from ${service}.inbox
    where dead_lettered_at is null and try_at <= now()
    order by id limit $1
    for update skip locked
  )
  returning id, event, payload`

// The wait doubles from 0.2 s; the tenth failure, after less than two minutes, sets the row aside.
const failed = (service: Service) => `
  update ${service}.inbox
  set attempts = attempts + 1, error = $2,
      try_at = now() + make_interval(secs => 0.2 * 2 ^ attempts),
      dead_lettered_at = case when attempts + 1 >= ${ATTEMPTS} then now() end
  where id = $1`

const figures = (service: Service) => `
  select count(*) filter (where dead_lettered_at is null) as waiting,
         count(*) filter (where dead_lettered_at is not null) as set_aside
  from ${service}.inbox`

export type InboxCounts = { waiting: number; set_aside: number }

/** How many events wait, and how many were set aside after failing ten times. */
export const countInbox = async (db: Queryable, service: Service): Promise<InboxCounts> => {
  const { rows } = await db.query<InboxCounts>(figures(service))
  return rows[0] as InboxCounts
}

export const measureInbox = (db: Queryable, service: Service, registry: Metrics) => {
  new Gauge({
    name: 'inbox_events',
    help: 'Events told to this service and not yet done, by state.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const now = await countInbox(db, service).catch(() => null)
      if (!now) return this.reset()
      this.set({ state: 'waiting' }, now.waiting)
      this.set({ state: 'set_aside' }, now.set_aside)
    },
  })
}

// Deadlock and serialisation failure: the same work succeeds when it is done again. A statement
// that takes too long or misses a table is the event's own fault.
const isPassing = (error: unknown) =>
  isConnectionLost(error) || /^40(001|P01)$/.test((error as { code?: string }).code ?? '')

export type Inbox = {
  /** Handles what is due now; resolves to how many events were handled. */
  processBatch: () => Promise<number>
  /** Listens until stopped; `stop` waits for the batch under way. */
  start: () => void
  stop: () => Promise<void>
}

/** `batch`: most events that share a transaction; 1 where a reaction takes locks others wait for. */
export type InboxOptions = { log: Log; batch?: number | undefined }

/** The listener of `service`: one reaction for each event that the catalogue sends it. */
export const openInbox = <S extends Service>(
  db: Database,
  service: S,
  reactions: Handlers<S>,
  { log, batch = BATCH }: InboxOptions,
): Inbox => {
  let careful = 0
  let isAway = false
  let listening: Promise<void> | undefined
  const stopping = new AbortController()

  const hearSome = async (limit: number): Promise<number> => {
    let last: InboxRow | undefined
    try {
      return await transaction(db, async (connection) => {
        const { rows } = await connection.query<InboxRow>(take(service), [limit])
        rows.sort((a, b) => a.id - b.id)
        last = rows.at(-1)
        const inOrder = await applyErasures(connection, service, rows)
        const told = Map.groupBy(inOrder, (row) => row.event)
        for (const [event, same] of told) await handle(connection, reactions, { event, same })
        return rows.length
      })
    } catch (error) {
      if (isPassing(error) || !last) throw error
      if (limit === 1) await setBack(last, error as Error)
      return -1
    }
  }

  const setBack = async (row: InboxRow, error: Error) => {
    log.warn({ err: error, event: row.event, id: row.id }, 'an event could not be handled')
    await db.query(failed(service), [row.id, error.message])
  }

  // After a failed batch its rows are taken one by one, so that a bad one fails alone.
  const limit = () => (careful > 0 ? 1 : batch)
  const hear = async (): Promise<number> => {
    const heard = await hearSome(limit())
    careful = heard === -1 && careful === 0 ? batch : Math.max(0, careful - 1)
    return heard
  }

  const noteOutage = (err: unknown) => {
    if (!isAway) log.warn({ err }, 'events wait: the inbox cannot be read')
    isAway = true
  }

  const listen = async () => {
    while (!stopping.signal.aborted) {
      const most = limit()
      const pause = await hear().then(
        (heard) => {
          isAway = false
          return heard >= 0 && heard < most ? POLL_MS : 0
        },
        (error) => {
          noteOutage(error)
          return UNAVAILABLE_MS
        },
      )
      if (pause) await wait(pause, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }

  return {
    processBatch: hear,
    start: () => {
      listening ??= listen()
    },
    stop: async () => {
      stopping.abort()
      await listening
    },
  }
}

const handle = async <S extends Service>(
  connection: Transaction,
  reactions: Handlers<S>,
  { event, same }: { event: EventName; same: InboxRow[] },
) => {
  const reaction = (reactions as Record<string, Handler<unknown> | { all: Handler<unknown[]> }>)[
    event
  ]
  if (!reaction) throw new Error(`nothing here reacts to ${event}`)
  const told = same.map(({ payload }) => events[event].payload.parse(payload))
  if ('all' in reaction) return reaction.all(connection, told)
  for (const one of told) await reaction(connection, one)
}
