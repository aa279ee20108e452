// Brings a database to the present schema: bootstrap, then each service's migrations. Safe to run
// from several replicas at once, beside other databases of the server, and again at every start.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectOnce } from '@vobee/shared/data/client'
import { readDatabaseUrl } from '@vobee/shared/data/database-url'
import { retry } from '@vobee/shared/data/retry'
import { SettingsError } from '@vobee/shared/ops/settings'
import type { Environment } from '@vobee/shared/ops/variables'
import { runner } from 'node-pg-migrate'
import type pg from 'pg'
import { migrateQueues } from './queues.ts'
import {
  type LoginName,
  logins,
  queuesOf,
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
type Options = { say: Say; given: Environment; secret?: string | undefined }

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
      noLock: true,
      logger: logger(say),
    })
    for (const { name } of done) say(`${service}: ${name}`)
  }
}

/**
 * Gives the role of `url` its password if the role is new or the URL was given. False where the
 * owner may not make roles.
 */
const setPassword = async (client: pg.Client, url: string, isGiven: boolean): Promise<boolean> => {
  const { user, password } = readDatabaseUrl(url)
  const text = 'select rolcanlogin from pg_roles where rolname = $1'
  const [role] = (await client.query<{ rolcanlogin: boolean }>(text, [user])).rows
  if (!role) return false
  if (role.rolcanlogin && !isGiven) return true
  const secret = client.escapeLiteral(password)
  await client.query(`alter role ${client.escapeIdentifier(user)} login password ${secret}`)
  return true
}

const tupleConflict = /^tuple concurrently (updated|deleted)$/
const exists = /^(23505|42710)$/

/** Whether other software changed or created the same role, or what else all databases share. */
const isConflict = (error: unknown): boolean => {
  const { code = '', message } = error as pg.DatabaseError
  return exists.test(code) || (code === 'XX000' && tupleConflict.test(message))
}

/** Returns an error for each given URL that names no role, unless the owner cannot create roles. */
const findUnknownRoles = async (client: pg.Client, ownerUrl: string, given: Environment) => {
  const { rows } = await client.query<{ rolname: string }>('select rolname from pg_roles')
  const roles = new Set(rows.map(({ rolname }) => rolname))
  return logins.flatMap((login) => {
    const url = given[urlVariable(login)]
    const created = readDatabaseUrl(roleUrl(ownerUrl, login)).user
    if (!url || !roles.has(created)) return []
    const { user } = readDatabaseUrl(url)
    if (roles.has(user)) return []
    return [
      `${urlVariable(login)}: there is no role ${user}; the one of this process is ${created}`,
    ]
  })
}

const bringUp = async (client: pg.Client, ownerUrl: string, { say, given, secret }: Options) => {
  await client.query(await readFile(bootstrapFile, 'utf8'))
  const urls: Partial<Urls> = {}
  for (const service of services) {
    await migrateQueues(client, queuesOf(service))
    await runMigrations(client, service, say)
  }
  const errors = await findUnknownRoles(client, ownerUrl, given)
  if (errors.length > 0) throw new SettingsError(errors)
  for (const login of logins) {
    const url = given[urlVariable(login)]
    const own = url || roleUrl(ownerUrl, login, secret)
    urls[login] = (await setPassword(client, own, Boolean(url))) ? own : ownerUrl
  }
  return urls as Urls
}

/**
 * Migrates the database of `ownerUrl` and returns the URL of each login: its own role's, from
 * `given` (`WAITLIST_DATABASE_URL` …) or derived; the owner's where roles can't be created. A role
 * that exists keeps its password unless one is given. `secret` derives the passwords of new roles if
 * the owner's URL has none.
 * @throws the error of Postgres; a migration that fails leaves nothing behind.
 */
export const migrate = async (
  ownerUrl: string,
  { say = silent, given = {}, secret }: Partial<Options> = {},
): Promise<Urls> => {
  const client = await connectOnce(ownerUrl)
  client.on('notice', (notice) => notice.code === '00000' && say(notice.message ?? ''))
  try {
    // One replica at a time: a grant and a migration that change one table at once fail.
    const lock = await client.query(
      `select pg_try_advisory_lock(hashtext('vobee bootstrap')) as ok`,
    )
    if (!lock.rows[0].ok) {
      say('waits for another migration, a backup or a restore to end')
      await client.query(`select pg_advisory_lock(hashtext('vobee bootstrap'))`)
    }
    return await retry(() => bringUp(client, ownerUrl, { say, given, secret }), isConflict)
  } finally {
    await client.end()
  }
}
