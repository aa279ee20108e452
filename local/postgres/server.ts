// An embedded PostgreSQL server on 127.0.0.1: initialised once, reused if it still runs.
import { readFile, rename, rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { findFreePort } from '../processes/ports.ts'
import { connectTo, createDatabase, type Server } from './connection.ts'
import { checkMajorVersion } from './major-version.ts'
import { findPlace, hasCluster, type Place } from './place.ts'
import { clearStalePid, findPostmaster } from './postmaster.ts'
import { findReasons, initialise, run } from './programs.ts'

export type LocalPostgres = {
  url: string
  stop(): Promise<void>
  isRunning(): Promise<boolean>
  /** Whether the server already ran. */
  adopted: boolean
}

export type PostgresOptions = {
  /** The cluster is in `postgres` below this folder. */
  dataDir: string
  /** 0: any free port. A server that already runs keeps its port. */
  port: number
  database: string
  password: string
  /** Additional settings of the server, such as `{ fsync: 'off' }` for a temporary cluster. */
  settings?: Record<string, string>
}

/** @throws with the FATAL and HINT lines of Postgres, or if the cluster is of another major version. */
export const startPostgres = async (options: PostgresOptions): Promise<LocalPostgres> => {
  const { dataDir, password, database, settings } = options
  await checkMajorVersion(dataDir)
  const place = await findPlace(dataDir)
  await initialise(place, password, settings?.fsync !== 'off')
  await clearStalePid(place)
  const running = await connectTo(place, password)
  let port: number
  try {
    const server = running ?? (await launch(place, options))
    port = await createDatabase(server, database)
  } catch (error) {
    if (!running) await stop(place)
    throw error
  }
  return {
    url: urlOf(port, password, database),
    stop: () => stop(place),
    isRunning: async () => (await findPostmaster(place)) !== null,
    adopted: running !== null,
  }
}

/** Returns the owner's URL of a database on an embedded server. */
export const urlOf = (port: number, password: string, database: string) =>
  `postgres://orchestrator:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`

/** Returns the port of the server that runs on this folder's cluster, or null. */
export const findPostgresPort = async (dataDir: string): Promise<number | null> =>
  (hasCluster(dataDir) && (await findPostmaster(await findPlace(dataDir)))?.port) || null

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

const launch = async (place: Place, options: PostgresOptions): Promise<Server> => {
  const deadline = Date.now() + 15_000
  for (;;) {
    const output = await start(place, options.port || (await findFreePort()), options.settings)
    // Also finds the server of another process that started at the same time.
    const server = await connectTo(place, options.password)
    if (server) return server
    const log = await readFile(place.log, 'utf8').catch(() => '')
    if (Date.now() > deadline || !isTemporary(log, options))
      throw new Error(`Postgres does not start:\n${findReasons(log || output)}`)
    await wait(100)
  }
}

const start = async (place: Place, port: number, settings: Record<string, string> = {}) => {
  // A socket in /tmp would be open to every user, who could also create it first.
  // A statement can contain a password.
  const log = { log_min_error_statement: 'panic' }
  const fixed = { listen_addresses: '127.0.0.1', port, unix_socket_directories: '', ...log }
  // After a crash Postgres syncs every file of the cluster: 4 s for 1,800 files, one by one.
  const recovery = process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {}
  const all = Object.entries({ ...fixed, ...recovery, max_connections: 200, ...settings })
  const flags = all.map(([name, value]) => `-c "${name}=${value}"`).join(' ')
  await rename(place.log, `${place.log}.old`).catch(() => {})
  const args = ['-D', place.data, '-l', place.log, '-o', flags, '--silent', '--wait']
  return (await run(place, 'pg_ctl', ['start', ...args, '--timeout=300'])).output
}

// A killed postmaster and its backends take a moment to end; a free port can be taken in between.
const isTemporary = (log: string, { port }: PostgresOptions) =>
  log.includes('"postmaster.pid" already exists') ||
  log.includes('shared memory block') ||
  (port === 0 && log.includes('could not bind'))
