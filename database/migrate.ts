// Brings a database to the present schema: bootstrap, then each service's migrations. Safe to run
// from several replicas at once, and again at every start.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runner } from 'node-pg-migrate'
import pg from 'pg'
import {
  type LoginName,
  logins,
  roleUrl,
  type ServiceName,
  schemaOf,
  services,
  urlVariable,
} from './roles.ts'

const root = join(import.meta.dirname, '..')
/** Two ledgers in each schema: what every service has from `shared`, and what is its own. */
export const ledgers = (service: ServiceName) => [
  { table: 'shared_migrations', folder: join(root, 'shared/data/migrations') },
  { table: 'migrations', folder: join(root, 'services', service, 'migrations') },
]

export const bootstrapFile = join(root, 'database/bootstrap.sql')

type Say = (line: string) => void
type Urls = Record<LoginName, string>

const silent = () => {}
const logger = (say: Say) => ({ info: silent, debug: silent, warn: say, error: say })

const runMigrations = async (client: pg.Client, service: ServiceName, say: Say) => {
  for (const { table, folder } of ledgers(service)) {
    const done = await runner({
      dbClient: client,
      dir: `${folder}/*.sql`,
      useGlob: true,
      schema: schemaOf(service),
      migrationsTable: table,
      direction: 'up',
      advisoryLockMode: 'wait',
      logger: logger(say),
    })
    for (const { name } of done) say(`${service}: ${name}`)
  }
}

/** Gives the role of `url` its password. False where the owner may not make roles. */
const setPassword = async (client: pg.Client, url: string): Promise<boolean> => {
  const { username, password } = new URL(url)
  const role = decodeURIComponent(username)
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role])
  if (!rowCount) return false
  // One replica at a time: two that alter one role at once fail with "tuple concurrently updated".
  await client.query(`
    begin;
    select pg_advisory_xact_lock(hashtext('vobee bootstrap'));
    alter role ${client.escapeIdentifier(role)}
      password ${client.escapeLiteral(decodeURIComponent(password))};
    commit`)
  return true
}

/**
 * Migrates the database of `ownerUrl` and gives everybody's URL: their own role's, from `given`
 * (`WAITLIST_DATABASE_URL` …) or derived; the owner's where roles can't be made.
 * @throws what Postgres said; a migration that fails leaves nothing of itself.
 */
export const migrate = async (
  ownerUrl: string,
  { say = silent, given = {} }: { say?: Say; given?: NodeJS.ProcessEnv } = {},
): Promise<Urls> => {
  const client = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: 10_000 })
  client.on('notice', (notice) => notice.code === '00000' && say(notice.message ?? ''))
  await client.connect()
  try {
    await client.query(await readFile(bootstrapFile, 'utf8'))
    const urls: Partial<Urls> = {}
    for (const service of services) await runMigrations(client, service, say)
    for (const login of logins) {
      const own = given[urlVariable(login)] || roleUrl(ownerUrl, login)
      urls[login] = (await setPassword(client, own)) ? own : ownerUrl
    }
    return urls as Urls
  } finally {
    await client.end()
  }
}
