// The one way to Postgres: a pool whose every wait has an end, and types parsed once.
import pg from 'pg'
import type { Service } from './events.ts'

export type Database = pg.Pool
/** What a query needs: the pool, or the connection of a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>
export type Transaction = pg.PoolClient

type Log = { error: (details: object, message: string) => void }

/** Longest wait for a connection (free or new), in ms. */
const CONNECT_MS = 1_000
/** Longest wait for an answer, in ms: with the wait above a hung server is noticed within 3 s. */
const ANSWER_MS = 1_800

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
 * Opens a pool. The server's own limits (`statement_timeout`, …) are set on the login role. Nothing connects until the first query, so a process starts without its database.
 * Errors of idle connections (a Postgres restart) are logged and never end the process.
 */
export const openDatabase = (url: string, options: { name: string; max: number; log: Log }) => {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.name,
    max: options.max,
    types,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  })
  // The pool hears only its idle connections: one that breaks inside a transaction would end the
  // process. Whoever holds it learns from the query that fails.
  pool.on('connect', (connection) => connection.on('error', () => {}))
  pool.on('error', (err) => options.log.error({ err }, 'an idle database connection was lost'))
  return pool
}

/** Runs `act` in one transaction: committed when it resolves, rolled back when it throws. */
export const transaction = async <T>(
  db: Database,
  act: (connection: Transaction) => Promise<T>,
): Promise<T> => {
  const connection = await db.connect()
  let broken: Error | undefined
  try {
    await connection.query('begin')
    const result = await act(connection)
    await connection.query('commit')
    return result
  } catch (error) {
    await connection.query('rollback').catch((lost) => {
      broken = lost
    })
    throw error
  } finally {
    connection.release(broken)
  }
}

/** Whether the database answers and has been migrated for `service`; what `/ready` asks. */
export const answers = async (db: Database, service: Service): Promise<boolean> => {
  try {
    await db.query(`select from ${service}.inbox limit 0`)
    return true
  } catch {
    return false
  }
}
