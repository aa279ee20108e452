import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Place } from './place.ts'
import { disownPid, findPostmaster } from './postmaster.ts'
import type { PostgresOptions } from './server.ts'

const DUPLICATE_DATABASE = '42P04'
const UNIQUE_VIOLATION = '23505'
const WRONG_PASSWORD = '28P01'

const connect = async (port: number, password: string) => {
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port, user: 'orchestrator', password, database: 'postgres' },
    ...{ ssl: false, connectionTimeoutMillis: 5_000, query_timeout: 30_000 },
  })
  // A server that goes away while we are connected is seen by the query that fails.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

/** The port of the server that already runs on this cluster, once it takes connections; or null. */
export const findServer = async (
  place: Place,
  password: string,
  patience = 60_000,
): Promise<number | null> => {
  await disownPid(place)
  const deadline = Date.now() + patience
  for (;;) {
    const postmaster = await findPostmaster(place)
    if (!postmaster) return null
    try {
      const client = await connect(postmaster.port, password)
      const { rows } = await client.query('show data_directory').finally(() => client.end())
      return rows[0].data_directory === place.data ? postmaster.port : null
    } catch (error) {
      // Until then it starts up, recovers or shuts down.
      if (Date.now() > deadline || codeOf(error) === WRONG_PASSWORD) throw explain(error, place)
      await wait(50)
    }
  }
}

/** Does nothing when the database is there. */
export const createDatabase = async (
  place: Place,
  port: number,
  { database, password }: PostgresOptions,
): Promise<void> => {
  const client = await connect(port, password).catch((error) => {
    throw explain(error, place)
  })
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [database])
    if (found.rowCount) return
    await client.query(`create database ${client.escapeIdentifier(database)}`)
  } catch (error) {
    // Somebody made it at the same time.
    if (![DUPLICATE_DATABASE, UNIQUE_VIOLATION].includes(codeOf(error))) throw error
  } finally {
    await client.end()
  }
}

const codeOf = (error: unknown) => String((error as { code?: unknown }).code)

const explain = (error: unknown, place: Place) =>
  codeOf(error) === WRONG_PASSWORD
    ? new Error(
        `The database in ${place.home} was made with another password: ` +
          'bring back POSTGRES_PASSWORD or postgres-password in the data folder',
      )
    : new Error(`Postgres runs in ${place.home} but takes no connections`, { cause: error })
