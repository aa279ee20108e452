// The database of `npm start`: the one of DATABASE_URL, or a Postgres of our own.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SystemOptions } from '../processes/system.ts'
import { readSecret } from '../secrets.ts'
import type { LocalSettings } from '../settings.ts'
import { keepPostgres } from './keep.ts'
import { findPostgresPort, startPostgres, urlOf } from './server.ts'

export type OwnDatabase = {
  /** The owner's, once it takes connections. */
  url: Promise<string>
  /** Waits for a start that is under way; touches no server but our own. */
  stop(): Promise<void>
}

export const openDatabase = (options: SystemOptions, signal: AbortSignal): OwnDatabase => {
  const { databaseUrl } = options.settings
  if (databaseUrl) return { url: Promise.resolve(databaseUrl), stop: async () => {} }
  const { say } = options
  const starting = start(options)
  const keeping = starting.then((postgres) => {
    if (postgres.adopted) say('Postgres still ran from last time and is used as it is')
    const postgresPort = Number(new URL(postgres.url).port)
    return keepPostgres(postgres, () => start({ ...options, postgresPort }), { signal, say })
  })
  // Why it did not start, `url` says.
  const kept = keeping.catch(() => {})
  return {
    url: starting.then(({ url }) => url),
    stop: async () => {
      await kept
      await (await starting.catch(() => null))?.stop()
    },
  }
}

const NAME = 'orchestrator_db'

const passwordOf = async ({ postgresPassword, dataDir }: LocalSettings) =>
  postgresPassword ?? (await readSecret(dataDir, 'postgres-password'))

/** The owner's URL of the database that runs now. @throws when it is ours and does not run. */
export const urlOfRunning = async (settings: LocalSettings): Promise<string> => {
  const { databaseUrl, dataDir } = settings
  if (databaseUrl) return databaseUrl
  const isMade = existsSync(join(dataDir, 'postgres'))
  const port = isMade ? await findPostgresPort(dataDir) : null
  if (!port)
    throw new Error('The database of npm start does not run: start it, or set DATABASE_URL.')
  return urlOf(port, await passwordOf(settings), NAME)
}

const start = async ({ settings, postgresPort }: SystemOptions) => {
  const password = await passwordOf(settings)
  const { dataDir } = settings
  return startPostgres({ dataDir, port: postgresPort, database: NAME, password })
}
