import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Place } from './place.ts'
import { findPostmaster } from './postmaster.ts'

/** A connection to the database `postgres`. */
export type Server = { client: pg.Client; port: number }

const TIMEOUT_MS = 60_000
const WRONG_PASSWORD = '28P01'
// duplicate_database, unique_violation, and internal_error: "tuple concurrently updated".
const simultaneous = ['42P04', '23505', 'XX000']

const connect = async (port: number, password: string) => {
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port, user: 'orchestrator', password, database: 'postgres' },
    ...{ ssl: false, connectionTimeoutMillis: 5_000, query_timeout: 30_000 },
  })
  // If the server stops, the next query fails.
  client.on('error', () => {})
  await client.connect().catch(async (error) => {
    await client.end().catch(() => {})
    throw error
  })
  return client
}

/** Connects to the server that runs on this cluster once it is ready; null if none runs. */
export const connectTo = async (place: Place, password: string): Promise<Server | null> => {
  const deadline = Date.now() + TIMEOUT_MS
  for (;;) {
    const postmaster = await findPostmaster(place)
    if (!postmaster) return null
    try {
      const { port } = postmaster
      const client = await connect(port, password)
      const { rows } = await client.query('show data_directory')
      if (rows[0].data_directory === place.data) return { client, port }
      await client.end()
      return null
    } catch (error) {
      // The server starts, recovers or shuts down.
      const { code } = error as { code?: string }
      if (code === WRONG_PASSWORD)
        throw new Error(
          `The database in ${place.home} was created with another password: ` +
            'restore POSTGRES_PASSWORD, or postgres-password in the data folder',
        )
      if (Date.now() > deadline)
        throw new Error(`Postgres in ${place.home} accepts no connections`, { cause: error })
      await wait(50)
    }
  }
}

/** Creates the database if it does not exist, closes the connection and returns the port. */
export const createDatabase = async ({ client, port }: Server, name: string): Promise<number> => {
  try {
    const { rows } = await client.query(
      `select current_setting('log_error_verbosity') = 'terse' as terse,
              exists (select from pg_database where datname = $1) as exists`,
      [name],
    )
    if (!rows[0].exists) await client.query(`create database ${client.escapeIdentifier(name)}`)
    // The details of an error contain values: codes and addresses. Errors of the start keep theirs.
    if (!rows[0].terse) await client.query(`alter role all set log_error_verbosity = 'terse'`)
  } catch (error) {
    // Another process does the same at the same time.
    const { code = '' } = error as { code?: string }
    if (!simultaneous.includes(code)) throw error
  } finally {
    await client.end()
  }
  return port
}
