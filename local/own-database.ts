// The database of `npm start`: the one of DATABASE_URL, or a Postgres of our own.
import { keepPostgres } from './keep-postgres.ts'
import { startPostgres } from './postgres.ts'
import { readSecret } from './secrets.ts'
import type { SystemOptions } from './system.ts'

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

const start = async ({ settings, postgresPort }: SystemOptions) => {
  const { dataDir, postgresPassword } = settings
  const password = postgresPassword ?? (await readSecret(dataDir, 'postgres-password'))
  return startPostgres({ dataDir, port: postgresPort, database: 'orchestrator_db', password })
}
