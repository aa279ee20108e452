import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Place } from './place.ts'
import { findPostmaster } from './postmaster.ts'

/** A connection to the database `postgres`. */
export type Server = { client: pg.Client; port: number }

const TIMEOUT_MS = 60_000
const codes = { wrongPassword: '28P01', duplicateDatabase: '42P04', uniqueViolation: '23505' }

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
      if (code === codes.wrongPassword)
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
    const found = await client.query('select 1 from pg_database where datname = $1', [name])
    if (!found.rowCount) await client.query(`create database ${client.escapeIdentifier(name)}`)
  } catch (error) {
    // Another process created it at the same time.
    const { code = '' } = error as { code?: string }
    if (code !== codes.duplicateDatabase && code !== codes.uniqueViolation) throw error
  } finally {
    await client.end()
  }
  return port
}
