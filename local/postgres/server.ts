// A real PostgreSQL of our own, on 127.0.0.1: initialised once, adopted when it still runs.
import { rm } from 'node:fs/promises'
import { createDatabase, findServer } from './connection.ts'
import { initialise } from './initialise.ts'
import { launch } from './launch.ts'
import { findPlace, type Place } from './place.ts'
import { findPostmaster } from './postmaster.ts'
import { run } from './program.ts'

export type LocalPostgres = {
  url: string
  stop(): Promise<void>
  isRunning(): Promise<boolean>
  /** Whether it ran already. */
  adopted: boolean
}

export type PostgresOptions = {
  /** The cluster lies in `postgres` below this folder. */
  dataDir: string
  /** 0 takes a free one; a server that still runs keeps its own. */
  port: number
  database: string
  password: string
  /** Added to the server's settings, such as `{ fsync: 'off' }` for a cluster to throw away. */
  settings?: Record<string, string>
}

/** Throws what Postgres gave as the reason (its FATAL and HINT lines). */
export const startPostgres = async (options: PostgresOptions): Promise<LocalPostgres> => {
  const place = await findPlace(options.dataDir)
  await initialise(place, options)
  const running = await findServer(place, options.password)
  const port = running ?? (await launch(place, options))
  try {
    await createDatabase(place, port, options)
  } catch (error) {
    if (running === null) await stop(place)
    throw error
  }
  return {
    url: urlOf(port, options.password, options.database),
    stop: () => stop(place),
    isRunning: async () => (await findPostmaster(place)) !== null,
    adopted: running !== null,
  }
}

/** The owner's URL of a database on one of our servers. */
export const urlOf = (port: number, password: string, database: string) =>
  `postgres://orchestrator:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`

/** The port of the server that runs on this folder's cluster, or null. */
export const findPostgresPort = async (dataDir: string): Promise<number | null> =>
  (await findPostmaster(await findPlace(dataDir)))?.port || null

/** Stops the server, if it runs, and deletes the cluster with all its data. */
export const removePostgres = async (dataDir: string): Promise<void> => {
  const place = await findPlace(dataDir)
  await stop(place)
  await rm(place.home, { recursive: true, force: true })
  await rm(`${dataDir}/postgres`, { recursive: true, force: true })
}

const stop = async (place: Place) => {
  let reason = ''
  for (const mode of ['fast', 'immediate']) {
    if (!(await findPostmaster(place))) return
    reason = (await run(place, 'pg_ctl', ['stop', '-D', place.data, '-m', mode, '-t', '30'])).output
  }
  if (await findPostmaster(place)) throw new Error(`Postgres does not stop: ${reason}`)
}
