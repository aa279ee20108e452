// A primary that changes: a server that accepts no writes any more, and URLs with several hosts.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removePostgres, startPostgres } from '@vobee/local/postgres/server'
import { useDatabase } from '@vobee/testing/database'
import pg from 'pg'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { connectOnce } from './client.ts'
import { type Database, isMigrated, openDatabase, runPipelined, transaction } from './database.ts'
import { isDatabaseUnavailable } from './database-errors.ts'
import { readDatabaseUrl } from './database-url.ts'

const db = useDatabase()
const opened: Database[] = []

const open = (url: string) => {
  const database = openDatabase(url, { name: 'test', max: 1, log: { error: () => {} } })
  opened.push(database)
  return database
}
afterEach(async () => {
  for (const database of opened.splice(0)) await database.end()
})

/** Makes the new connections of the waitlist's role read-only, or not. */
const setReadOnly = async (readOnly: boolean) => {
  const { user, database } = readDatabaseUrl(db.urls.waitlist)
  const setting = `default_transaction_read_only = ${readOnly ? 'on' : 'off'}`
  await db.owner.query(`alter role ${user} in database ${database} set ${setting}`)
}

const write = 'update waitlist.gate set open = open'
const newest = async (database: Database) => {
  const { rows } = await database.query('select max(name) as name from waitlist.migrations')
  return rows[0].name
}

test.each([
  ['a single statement', (database: Database) => database.query(write)],
  [
    'a transaction',
    (database: Database) => transaction(database, (connection) => connection.query(write)),
  ],
  [
    'a pipelined statement',
    (database: Database) => runPipelined(database, 'select 1', { text: write }),
  ],
])('%s on a read-only server fails as unavailable, and the next one reconnects', async (_, run) => {
  await setReadOnly(true)
  onTestFinished(() => setReadOnly(false))
  const database = open(db.urls.waitlist)
  const migration = await newest(database)
  expect(await isMigrated(database, 'waitlist', migration)).toBe(false)
  const error = await run(database).catch((reason) => reason)
  expect(error).toMatchObject({ code: '25006' })
  expect(isDatabaseUnavailable(error)).toBe(true)
  await setReadOnly(false)
  await expect(run(database)).resolves.toBeDefined()
  expect(await isMigrated(database, 'waitlist', migration)).toBe(true)
})

const portOf = (url: string) => new URL(url).port

/** Starts a second server that knows the owner and the database of the tests. */
const startStandby = async () => {
  const { user, password, database } = readDatabaseUrl(db.ownerUrl)
  const dataDir = await mkdtemp(join(tmpdir(), `vobee-test-${process.pid}-`))
  const options = { dataDir, port: 0, database, password, settings: { fsync: 'off' } }
  const { url } = await startPostgres(options)
  onTestFinished(async () => {
    await removePostgres(dataDir)
    await rm(dataDir, { recursive: true, force: true })
  })
  const client = await connectOnce(url)
  const secret = client.escapeLiteral(password)
  if (user !== 'orchestrator')
    await client.query(`create role ${user} superuser login password ${secret}`)
  return { client, port: portOf(url) }
}

const readOnlyIn = (database: string, setting: string) =>
  `alter database ${database} set default_transaction_read_only = ${setting}`

test('of several hosts, the one that accepts writes is used, also after they change', async () => {
  const { client: standby, port } = await startStandby()
  onTestFinished(() => standby.end())
  const { database: name } = readDatabaseUrl(db.ownerUrl)
  await standby.query(readOnlyIn(name, 'on'))
  const primary = portOf(db.ownerUrl)
  const { hostname } = new URL(db.ownerUrl)
  const several = db.ownerUrl.replace(
    `${hostname}:${primary}`,
    `127.0.0.1:1,127.0.0.1:${port},${hostname}:${primary}`,
  )
  const database = open(several)
  const current = async () => {
    const { rows } = await database.query('select inet_server_port() as port')
    return String(rows[0].port)
  }
  expect(await current()).toBe(primary)
  const command = await connectOnce(several)
  expect(String((command as { port?: number }).port)).toBe(primary)
  await command.end()

  await standby.query(readOnlyIn(name, 'off'))
  const maintenance = new pg.Client({ connectionString: db.ownerUrl })
  await maintenance.connect()
  await maintenance.query(readOnlyIn(name, 'on'))
  onTestFinished(async () => {
    await maintenance.query(readOnlyIn(name, 'off'))
    await maintenance.end()
  })
  await maintenance.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'test' and datname = $1`,
    [name],
  )
  await expect.poll(current).toBe(port)

  await standby.query(readOnlyIn(name, 'on'))
  const error = await connectOnce(several).catch((reason) => reason)
  expect(isDatabaseUnavailable(error)).toBe(true)
})
