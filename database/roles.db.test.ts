import { gatedServices } from '@vobee/shared/gate'
import { useDatabase } from '@vobee/testing/database'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { schemaOf, services } from './roles.ts'

const db = useDatabase()
const clients = new Map<string, pg.Client>()

beforeAll(async () => {
  for (const service of services) {
    const client = new pg.Client({ connectionString: db.urls[service] })
    await client.connect()
    clients.set(service, client)
  }
})
afterAll(async () => {
  for (const client of clients.values()) await client.end()
})

const tablesOf = async (schema: string): Promise<string[]> => {
  const { rows } = await db.owner.query(
    'select tablename from pg_tables where schemaname = $1 order by 1',
    [schema],
  )
  return rows.map((row) => row.tablename)
}

const pairs = services.flatMap((one) =>
  services.filter((other) => other !== one).map((other) => [one, other] as const),
)

describe.each(pairs)('%s and the schema of %s', (one, other) => {
  test('cannot read or write its tables', async () => {
    const tables = await tablesOf(schemaOf(other))
    expect(tables).toContain('inbox')
    for (const table of tables) {
      const name = `${schemaOf(other)}.${table}`
      await expect(clients.get(one)?.query(`select from ${name}`)).rejects.toMatchObject({
        code: '42501',
      })
      await expect(clients.get(one)?.query(`delete from ${name}`)).rejects.toMatchObject({
        code: '42501',
      })
    }
  })

  test('can publish events to it', async () => {
    const publish = `select ${schemaOf(other)}.publish('waitlist.joined', '{}')`
    await expect(clients.get(one)?.query(publish)).resolves.toMatchObject({ rowCount: 1 })
  })
})

test.each(services)(
  '%s can set the gate of no service unless it is quality-gates',
  async (name) => {
    for (const service of gatedServices) {
      const set = `select ${service}.set_gate(false, '{churn_high}', now())`
      const setting = clients.get(name)?.query(set)
      if (name === 'quality-gates') await setting
      else await expect(setting).rejects.toMatchObject({ code: '42501' })
      const { rows } = await db.owner.query(`select open from ${service}.gate`)
      expect(rows).toEqual([{ open: name !== 'quality-gates' }])
    }
  },
)

test.each(services)(
  '%s uses its own tables, creates none, has a statement timeout, no JIT and plans with indexes',
  async (service) => {
    const client = clients.get(service)
    await expect(client?.query(`select from ${schemaOf(service)}.inbox`)).resolves.toBeDefined()
    const make = `create table ${schemaOf(service)}.mine (id int)`
    await expect(client?.query(make)).rejects.toMatchObject({ code: '42501' })
    const { rows } = (await client?.query('show statement_timeout')) ?? { rows: [] }
    expect(rows).toEqual([{ statement_timeout: '2s' }])
    expect((await client?.query('show jit'))?.rows).toEqual([{ jit: 'off' }])
    expect((await client?.query('show enable_seqscan'))?.rows).toEqual([{ enable_seqscan: 'off' }])
  },
)
