// Access to Postgres: a pool whose every wait has a limit, and one set of type parsers.
import pg from 'pg'
import type { Service } from '../events/catalogue.ts'
import { clientClass, type Naming } from './client.ts'
import { isConnectionLost, isPreparedError, markAsBusy } from './database-errors.ts'
import type { Sql } from './sql.ts'

export type Database = pg.Pool
/** Runs single queries: the pool, or the connection of a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>
export type Transaction = pg.PoolClient
/** Begins a transaction, or is one that a caller began. */
export type Transactable = Database | Transaction

type Log = { error: (details: object, message: string) => void }

/** Longest wait for a connection (free or new), in ms. */
const CONNECT_MS = 1_000
/** Longest wait for a reply, in ms: with the wait above a hung server is noticed within 3 s. */
const QUERY_MS = 1_800
/** A connection is replaced, so that a load balancer before several servers can move it. */
const LIFETIME_SECONDS = 600
/** Longer than the minute between two scheduled jobs: a new connection costs 8 ms of CPU. */
const IDLE_MS = 90_000

const { builtins } = pg.types
const iso = (value: string) => (value.endsWith('infinity') ? value : new Date(value).toISOString())

/** int8 → number (every count here stays below 2^53), timestamptz → ISO 8601 text in UTC. */
const typeParsers = new Map<number, (value: string) => unknown>([
  [builtins.INT8, Number],
  [builtins.NUMERIC, Number],
  [builtins.TIMESTAMPTZ, iso],
  [builtins.DATE, (value) => value],
])

const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && typeParsers.get(oid)) ||
    pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

/**
 * `queryMs`: longest wait for a reply, in ms, if not the usual one. `prepare`: whether statements are
 * sent with their names.
 */
type Options = { name: string; max: number; log: Log; queryMs?: number; prepare?: boolean }

type Connected = (error: Error | undefined, client?: pg.PoolClient, release?: unknown) => void

/** What pg-pool says when no connection became free in time. */
const WAITED = 'timeout exceeded when trying to connect'

/** Marks the errors of waits for a connection during which others were released. */
const markBusyWaits = (pool: pg.Pool) => {
  let releasedAt = Number.NEGATIVE_INFINITY
  pool.on('release', (error) => {
    if (!error) releasedAt = performance.now()
  })
  const mark = (error: Error) => {
    const hasWaited = error.message === WAITED
    if (hasWaited && performance.now() - releasedAt < CONNECT_MS) markAsBusy(error)
  }
  const connect = pool.connect.bind(pool) as (done?: Connected) => Promise<pg.PoolClient>
  const marking = (done?: Connected) => {
    if (done)
      return connect((error, ...more) => {
        if (error) mark(error)
        done(error, ...more)
      })
    const connecting = connect()
    connecting.catch(mark)
    return connecting
  }
  Object.assign(pool, { connect: marking })
}

const noPrepared =
  'named statements do not work on this connection, as behind PgBouncer in transaction mode: set ' +
  'DATABASE_PREPARE=off, or max_prepared_statements in PgBouncer 1.21 or later. Until it restarts, ' +
  'this process sends its statements unnamed'

/**
 * Opens a pool. The server's own limits (`statement_timeout`, …) are set on the login role. The pool
 * connects at the first query, so a process starts without its database. Errors of idle connections
 * (a Postgres restart) are logged and never end the process.
 */
export const openDatabase = (url: string, options: Options) => {
  const { name, max, log, queryMs = QUERY_MS, prepare = true } = options
  const naming: Naming = { named: prepare }
  const pool = new pg.Pool({
    Client: clientClass(url, naming),
    application_name: name,
    max,
    types,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: queryMs,
    idleTimeoutMillis: IDLE_MS,
    maxLifetimeSeconds: LIFETIME_SECONDS,
    keepAlive: true,
    // Nothing waits for an answer before it sends the next statement (`runPipelined`).
    pipeline: true,
  } as pg.PoolConfig)
  pool.on('error', (err) => log.error({ err }, 'an idle database connection was lost'))
  markBusyWaits(pool)
  pool.on('release', (err) => {
    if (!err || !naming.named || !isPreparedError(err)) return
    naming.named = false
    log.error({ err }, noPrepared)
  })
  return pool
}

const afterCommit = new WeakMap<Transaction, (() => void)[]>()

/** Runs `action` when the transaction of `db` has committed; at once without one. */
export const onCommit = (db: Queryable, action: () => void) => {
  const actions = afterCommit.get(db as Transaction)
  if (actions) actions.push(action)
  else action()
}

/**
 * Runs `action` in one transaction: committed when it resolves, rolled back when it throws. Throws if
 * Postgres rolled back because `action` ignored a failed statement. On a
 * connection that is in a transaction it joins that one. `first` is sent together with `begin`.
 */
export const transaction = async <T>(
  db: Transactable,
  action: (connection: Transaction) => Promise<T>,
  first = '',
): Promise<T> => {
  if ('release' in db) {
    if (first) await db.query(first)
    return action(db)
  }
  const connection = await db.connect()
  const committed: (() => void)[] = []
  afterCommit.set(connection, committed)
  let broken: Error | undefined
  try {
    const begun = connection.query(`begin;${first}`)
    // Alone it needs no wait: it is sent together with the first statement of the action. With `first`,
    // the caller gets the error of `first`, and the time that it took does not count for the action.
    if (first) await begun
    else begun.catch(() => {})
    const result = await action(connection)
    await begun
    const { command } = await connection.query('commit')
    // After a failed statement that the action ignored, Postgres rolls back without an error.
    if (command !== 'COMMIT') throw new Error('a statement failed, so Postgres rolled back')
    for (const run of committed) run()
    return result
  } catch (error) {
    if (isConnectionLost(error)) broken = error as Error
    await connection.query('rollback').catch((lost) => {
      broken = lost
    })
    throw error
  } finally {
    afterCommit.delete(connection)
    connection.release(broken)
  }
}

/**
 * Runs `statement` in a transaction that begins with `first`, all sent at once: one round trip
 * instead of the three of `transaction`. On a connection that is in a transaction it joins that one.
 */
export const runPipelined = async <Row extends object>(
  db: Transactable,
  first: string,
  statement: pg.QueryConfig,
): Promise<pg.QueryResult<Row>> => {
  if ('release' in db) {
    const [, result] = await Promise.all([db.query(first), db.query<Row>(statement)])
    return result
  }
  const connection = await db.connect()
  const [begun, done, ended] = await Promise.allSettled([
    connection.query(`begin;${first}`),
    connection.query<Row>(statement),
    connection.query('commit'),
  ])
  const failed = [begun, done, ended].find((sent) => sent.status === 'rejected')
  const isBroken = ended.status === 'rejected' || (failed && isConnectionLost(failed.reason))
  connection.release(isBroken ? failed?.reason : undefined)
  if (failed) throw failed.reason
  return (done as PromiseFulfilledResult<pg.QueryResult<Row>>).value
}

/** ms: less than the 30 s after which our servers close a silent connection. */
const LONG_MS = 27_000

/**
 * What a transaction needs before a statement that may take longer than the role's own limit of 2 s:
 * it may read whole tables, which the role's settings avoid for the plans of short statements.
 */
export const allowLong = (ms: number) =>
  `set local statement_timeout = ${ms}; set local enable_seqscan = on`

/** Runs one statement of a transaction that may take 27 s; the role's own limit is 2 s. */
export const runLong = async <Row extends object>(
  db: Transaction,
  statement: Sql | string,
  parameters: unknown[] = [],
): Promise<Row[]> => {
  await db.query(allowLong(LONG_MS))
  const { text, values } =
    typeof statement === 'string' ? { text: statement, values: parameters } : statement
  return (await db.query<Row>({ text, values, query_timeout: LONG_MS } as pg.QueryConfig)).rows
}

/**
 * Whether the database can be reached, accepts writes, and is migrated for `service` up to the
 * migration `newest` (its file's name without the ending). `/ready` asks this.
 */
export const isMigrated = async (
  db: Database,
  service: Service,
  newest: string,
): Promise<boolean> => {
  const text = `
    select current_setting('transaction_read_only') = 'on' as read_only,
           exists (select from ${service}.migrations where name = $1) as migrated`
  try {
    const connection = await db.connect()
    const [found] = await Promise.allSettled([connection.query(text, [newest])])
    const { read_only, migrated } = found.status === 'fulfilled' ? found.value.rows[0] : {}
    // The next one may be to another server.
    connection.release(read_only === true || found.status === 'rejected')
    return migrated === true && !read_only
  } catch {
    return false
  }
}
