// A database of its own for a test file, cloned from the migrated template.
import { randomBytes } from 'node:crypto'
import type { LoginName } from '@vobee/database/roles'
import pg from 'pg'
import { afterAll, beforeAll, inject } from 'vitest'
import './global-setup.ts'

export type TestDatabase = {
  /** The owner's connections: to look at rows and to age them. */
  owner: pg.Pool
  ownerUrl: string
  /** Everybody's own URL, under their own role. */
  urls: Record<LoginName, string>
}

const at = (url: string, database: string) =>
  Object.assign(new URL(url), { pathname: `/${database}` }).href

const onServer = async (url: string, statement: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

const create = async (): Promise<TestDatabase & { drop: () => Promise<void> }> => {
  const { ownerUrl, template, urls } = inject('postgres')
  const name = `${template}_${randomBytes(4).toString('hex')}`
  const maintenance = at(ownerUrl, 'postgres')
  await onServer(maintenance, `create database ${name} template ${template}`)
  const owner = new pg.Pool({ connectionString: at(ownerUrl, name), max: 20 })
  owner.on('error', () => {})
  const own = Object.entries(urls).map(([service, url]) => [service, at(url, name)])
  return {
    owner,
    ownerUrl: at(ownerUrl, name),
    urls: Object.fromEntries(own) as TestDatabase['urls'],
    drop: async () => {
      await owner.end()
      await onServer(maintenance, `drop database ${name} with (force)`)
    },
  }
}

/** Gives the test file that calls it a database, dropped after its last test. */
export const useDatabase = (): TestDatabase => {
  const given = {} as TestDatabase
  let drop = async () => {}
  beforeAll(async () => {
    const made = await create()
    drop = made.drop
    Object.assign(given, made)
  })
  afterAll(() => drop())
  return given
}
