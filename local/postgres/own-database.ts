// The database of `npm start`: DATABASE_URL, or an embedded Postgres.
import { setTimeout as wait } from 'node:timers/promises'
import { lockData } from '../data-lock.ts'
import { createBackoff } from '../processes/backoff.ts'
import type { SystemOptions } from '../processes/system-options.ts'
import { readSecret } from '../secrets.ts'
import type { LocalSettings } from '../settings.ts'
import { hasCluster } from './place.ts'
import { findPostgresPort, type LocalPostgres, startPostgres, urlOf } from './server.ts'

export type OwnDatabase = {
  /** The owner's URL. Resolves when the server accepts connections. */
  url: Promise<string>
  /** Waits for a start in progress. Stops only an embedded server. */
  stop(): Promise<void>
}

const NAME = 'orchestrator_db'
const CHECK_INTERVAL_MS = 500

export const openDatabase = (options: SystemOptions, signal: AbortSignal): OwnDatabase => {
  const { databaseUrl } = options.settings
  if (databaseUrl) return { url: Promise.resolve(databaseUrl), stop: async () => {} }
  const starting = start(options)
  // `url` reports why a start failed.
  const restarting = starting.then((one) => keepRunning(one, options, signal)).catch(() => {})
  return {
    url: starting.then(({ url }) => url),
    stop: async () => {
      await restarting
      await (await starting.catch(() => null))?.stop()
    },
  }
}

const start = async ({ settings, postgresPort }: SystemOptions) => {
  const password = await passwordOf(settings)
  const { dataDir } = settings
  return startPostgres({ dataDir, port: postgresPort, database: NAME, password })
}

// Postgres is not a child process, because it outlives a supervisor that is killed.
const keepRunning = async (
  postgres: LocalPostgres,
  options: SystemOptions,
  signal: AbortSignal,
): Promise<void> => {
  const { say } = options
  if (postgres.adopted) say('uses the Postgres that still runs from the last start')
  const postgresPort = Number(new URL(postgres.url).port)
  const backoff = createBackoff()
  const pause = (ms: number) => wait(ms, null, { signal }).catch(() => null)
  let since = performance.now()
  while (!signal.aborted) {
    await pause(CHECK_INTERVAL_MS)
    if (signal.aborted || (await postgres.isRunning())) continue
    const delay = backoff.next(performance.now() - since)
    say(`Postgres ended; restarting it in ${delay} ms`)
    await pause(delay)
    if (!signal.aborted)
      await start({ ...options, postgresPort }).catch((error) => say(error.message))
    since = performance.now()
  }
}

const passwordOf = async ({ postgresPassword, dataDir }: LocalSettings) =>
  postgresPassword ?? (await readSecret(dataDir, 'postgres-password'))

/** Returns the owner's URL of the running database. @throws if the embedded one does not run. */
export const urlOfRunning = async (settings: LocalSettings): Promise<string> => {
  const { databaseUrl, dataDir } = settings
  if (databaseUrl) return databaseUrl
  const port = await findPostgresPort(dataDir)
  if (!port) throw new Error('The database does not run: run npm start first, or set DATABASE_URL.')
  return urlOf(port, await passwordOf(settings), NAME)
}

/** What a command needs: the owner's URL, and what ends its use of the database. */
export type OpenDatabase = { url: string; close: () => Promise<void> }

/**
 * Opens the database for a command: the one of DATABASE_URL, or the embedded one, which runs for the
 * command only if it did not run before.
 */
export const openForCommand = async (settings: LocalSettings): Promise<OpenDatabase> => {
  const { databaseUrl, dataDir } = settings
  if (databaseUrl || (await findPostgresPort(dataDir)))
    return { url: await urlOfRunning(settings), close: async () => {} }
  lockData(dataDir)
  const password = await passwordOf(settings)
  const { url, stop } = await startPostgres({ dataDir, port: 0, database: NAME, password })
  return { url, close: stop }
}

/** Opens the database for a command that reads it. @throws if `npm start` never ran. */
export const openExisting = async (settings: LocalSettings): Promise<OpenDatabase> => {
  if (!settings.databaseUrl && !hasCluster(settings.dataDir))
    throw new Error('There is no database: run npm start first, or set DATABASE_URL.')
  return openForCommand(settings)
}
