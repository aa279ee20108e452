// The database of `npm start`: DATABASE_URL, or an embedded Postgres.
import { setTimeout as wait } from 'node:timers/promises'
import { createBackoff } from '../processes/backoff.ts'
import type { SystemOptions } from '../processes/system-options.ts'
import { readSecret } from '../secrets.ts'
import type { LocalSettings } from '../settings.ts'
import { findPostgresPort, type LocalPostgres, startPostgres, urlOf } from './server.ts'

export type OwnDatabase = {
  /** The owner's URL. Resolves when the server accepts connections. */
  url: Promise<string>
  /** Waits for a start in progress. Stops only an embedded server. */
  stop(): Promise<void>
}

const NAME = 'orchestrator_db'
const CHECK_INTERVAL_MS = 250

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
