import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { useDatabase } from '@vobee/testing/database'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
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
  order by 1, 2, 3`

test('several replicas migrate at once, and again, without harm', async () => {
  const url = await emptyDatabase()
  await Promise.all([migrate(url), migrate(url), migrate(url)])
  const said: string[] = []
  const urls = await migrate(url, { say: (line) => said.push(line) })
  expect(said).toEqual([])
  expect(await query(urls.waitlist, 'select open from waitlist.gate')).toEqual([{ open: true }])
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

test('schema.sql is what the migrations make, and they find nothing left to do', async () => {
  const [bySteps, atOnce] = [await emptyDatabase(), await emptyDatabase()]
  await migrate(bySteps)
  const file = await readFile(join(import.meta.dirname, '../schema.sql'), 'utf8')
  expect(file).toBe(await schemaText())
  await query(atOnce, file)
  expect(await query(atOnce, columns)).toEqual(await query(bySteps, columns))
  const said: string[] = []
  const urls = await migrate(atOnce, { say: (line) => said.push(line) })
  expect(said).toEqual([])
  expect(await query(urls.waitlist, 'select count(*) from waitlist.entries')).toHaveLength(1)
})

test('an owner who cannot make roles runs everything itself', async () => {
  const url = await emptyDatabase()
  const name = new URL(url).pathname.slice(1)
  const owner = `${name}_plain`
  await query(url, `create role ${owner} login password 'plain'`)
  await query(url, `grant create on database ${name} to ${owner}`)
  const plain = Object.assign(new URL(url), { username: owner, password: 'plain' }).href
  const said: string[] = []
  const urls = await migrate(plain, { say: (line) => said.push(line) })
  expect(new Set(Object.values(urls))).toEqual(new Set([plain]))
  expect(said.join()).toContain('cannot create roles')
  expect(await query(urls.invites, 'select open from invites.gate')).toEqual([{ open: true }])
})
