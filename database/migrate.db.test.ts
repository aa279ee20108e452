import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withLogin } from '@vobee/shared/data/database-url'
import { useDatabase } from '@vobee/testing/database'
import pg from 'pg'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { migrate } from './migrate.ts'
import { roleUrl } from './roles.ts'
import { schemaText } from './schema-file.ts'

const db = useDatabase()
const made: string[] = []

const emptyDatabase = async () => {
  const name = `vobee_${randomBytes(4).toString('hex')}`
  await db.owner.query(`create database ${name}`)
  made.push(name)
  return Object.assign(new URL(db.ownerUrl), { pathname: `/${name}` }).href
}

afterEach(async () => {
  for (const name of made.splice(0)) {
    await db.owner.query(`drop database ${name} with (force)`)
    const roles = await db.owner.query('select rolname from pg_roles where rolname like $1', [
      `${name}%`,
    ])
    for (const { rolname } of roles.rows) await db.owner.query(`drop role ${rolname}`)
  }
})

const query = async (url: string, text: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

const columns = `
  select table_schema, table_name, column_name, data_type, column_default, is_nullable
  from information_schema.columns
  where table_schema not in ('pg_catalog', 'information_schema')
    -- A partition for each day.
    and table_name !~ '^queue_stats_'
  order by 1, 2, 3`

const rejected = (outcomes: PromiseSettledResult<unknown>[]) =>
  outcomes.filter(({ status }) => status === 'rejected')

/** Returns the statements of schema.sql, without the command that only psql knows. */
const withoutPsql = (file: string) => file.replace(/^\\set .*$/m, '')

test('several replicas migrate two databases of a server at once, and again', async () => {
  const [url, other] = [await emptyDatabase(), await emptyDatabase()]
  const replicas = [url, other, url, other, url, other]
  expect(rejected(await Promise.allSettled(replicas.map((one) => migrate(one))))).toEqual([])
  const said: string[] = []
  const urls = await migrate(url, { say: (line) => said.push(line) })
  expect(said).toEqual([])
  expect(await query(urls.waitlist, 'select open from waitlist.gate')).toEqual([{ open: true }])
})

const nameOf = (url: string) => new URL(url).pathname.slice(1)

/** Waits until a connection to the database waits for a lock; returns its process id. */
const blocked = (url: string): Promise<number> =>
  vi.waitFor(
    async () => {
      const { rows } = await db.owner.query(
        `select pid from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'`,
        [nameOf(url)],
      )
      expect(rows).toHaveLength(1)
      return rows[0].pid
    },
    { timeout: 10_000 },
  )

test('a role that other software changes at the same moment does not stop a migration', async () => {
  const url = await emptyDatabase()
  await migrate(url)
  const role = `${nameOf(url)}_waitlist`
  await query(url, `alter role ${role} reset statement_timeout`)
  const other = await db.owner.connect()
  onTestFinished(() => other.release(true))
  await other.query(`begin; alter role ${role} set work_mem = '5MB'`)
  const migrating = migrate(url)
  await blocked(url)
  await other.query('commit')
  const urls = await migrating
  expect(await query(urls.waitlist, 'show statement_timeout')).toEqual([
    { statement_timeout: '2s' },
  ])
  expect(await query(urls.waitlist, 'show work_mem')).toEqual([{ work_mem: '5MB' }])
})

test('a repeated migration writes no setting of a role and no right to connect', async () => {
  const url = await emptyDatabase()
  await migrate(url)
  const written = () =>
    query(
      url,
      `select setrole, 0 as of, xmin::text from pg_db_role_setting
       where starts_with(setrole::regrole::text, current_database())
       union all select oid, 1, xmin::text from pg_database where datname = current_database()
       order by 1, 2`,
    )
  const before = await written()
  await migrate(url)
  expect(await written()).toEqual(before)
})

test('a migration that loses its connection rejects, and the next one succeeds', async () => {
  const url = await emptyDatabase()
  const other = new pg.Client({ connectionString: url })
  await other.connect()
  await other.query('begin; create schema waitlist')
  const migrating = expect(migrate(url)).rejects.toMatchObject({ code: '57P01' })
  await db.owner.query('select pg_terminate_backend($1)', [await blocked(url)])
  await migrating
  await other.end()
  await migrate(url)
})

test('a role has the password of the URL that is given, else a derived one', async () => {
  const url = await emptyDatabase()
  const given = new URL(roleUrl(url, 'invites'))
  given.password = 'chosen-by-hand'
  const urls = await migrate(url, { given: { INVITES_DATABASE_URL: given.href } })
  expect(urls.invites).toBe(given.href)
  expect(await query(urls.invites, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(await query(roleUrl(url, 'referrals'), 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a role keeps its password until another one is given', async () => {
  const url = await emptyDatabase()
  const withPassword = (password: string) => withLogin(url, `${nameOf(url)}_invites`, password)
  const [first, second] = [withPassword('first'), withPassword('second')]
  await migrate(url, { given: { INVITES_DATABASE_URL: first } })
  await migrate(url)
  expect(await query(first, 'select 1 as one')).toEqual([{ one: 1 }])
  await migrate(url, { given: { INVITES_DATABASE_URL: second } })
  expect(await query(second, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a URL of a role that does not exist is an error, and no process runs as the owner', async () => {
  const url = await emptyDatabase()
  const given = { WAITLIST_DATABASE_URL: withLogin(url, 'nobody_here', 'x') }
  await expect(migrate(url, { given })).rejects.toThrow(
    `WAITLIST_DATABASE_URL: there is no role nobody_here; the one of this process is ${nameOf(url)}_waitlist`,
  )
})

test('a connection that fails is reported with its address and user, never the password', async () => {
  const url = 'postgres://ada:secret@127.0.0.1:1/name'
  await expect(migrate(url)).rejects.toMatchObject({
    code: 'ECONNREFUSED',
    message:
      'cannot connect to the database name at 127.0.0.1:1 as ada: connect ECONNREFUSED 127.0.0.1:1',
  })
})

test('schema.sql is what the migrations make, and they find nothing left to do', async () => {
  const [bySteps, atOnce] = [await emptyDatabase(), await emptyDatabase()]
  await migrate(bySteps)
  const file = await readFile(join(import.meta.dirname, '../schema.sql'), 'utf8')
  expect(file).toBe(await schemaText())
  await query(atOnce, withoutPsql(file))
  expect(await query(atOnce, columns)).toEqual(await query(bySteps, columns))
  const said: string[] = []
  const urls = await migrate(atOnce, { say: (line) => said.push(line) })
  expect(said).toEqual([])
  expect(await query(urls.waitlist, 'select count(*) from waitlist.entries')).toHaveLength(1)
})

test('schema.sql refuses a database that is not empty, and changes nothing in it', async () => {
  const url = await emptyDatabase()
  const urls = await migrate(url)
  const before = await query(url, columns)
  const file = withoutPsql(await schemaText())
  await expect(query(url, file)).rejects.toMatchObject({
    message: 'this database is not empty, and nothing in it was changed',
    hint: expect.stringContaining('npm run migrate'),
  })
  expect(await query(url, columns)).toEqual(before)
  expect(await query(urls.waitlist, 'select open from waitlist.gate')).toEqual([{ open: true }])
  const other = await emptyDatabase()
  await query(other, 'create table public.theirs (id int)')
  await expect(query(other, file)).rejects.toThrow('not empty')
})

test('an owner who cannot make roles runs everything itself', async () => {
  const url = await emptyDatabase()
  const name = nameOf(url)
  const owner = `${name}_plain`
  await query(url, `create role ${owner} login password 'plain'`)
  await query(url, `grant create on database ${name} to ${owner}`)
  const plain = Object.assign(new URL(url), { username: owner, password: 'plain' }).href
  const said: string[] = []
  const urls = await migrate(plain, { say: (line) => said.push(line) })
  expect(new Set(Object.values(urls))).toEqual(new Set([plain]))
  expect(said.join()).toContain('cannot create roles')
  expect(await query(urls.invites, 'select open from invites.gate')).toEqual([{ open: true }])
  expect(await query(plain, 'show jit')).toEqual([{ jit: 'off' }])
  expect(await query(plain, 'show enable_seqscan')).toEqual([{ enable_seqscan: 'off' }])
})
