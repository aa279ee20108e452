// A separate database for each test file, cloned from the migrated template.
import { randomBytes } from 'node:crypto'
import type { LoginName } from '@vobee/database/roles'
import pg from 'pg'
import { afterAll, beforeAll, inject } from 'vitest'
import { EMPTY } from './empty.ts'
import './global-setup.ts'

export type TestDatabase = {
  /** The owner's connections: to read rows and to age them. */
  owner: pg.Pool
  ownerUrl: string
  /** The URL of each service and of the gateway, under its own role. */
  urls: Record<LoginName, string>
  /** Brings all schemas but those of pg-boss back to the state after the migrations. */
  empty: () => Promise<void>
}

const at = (url: string, database: string) =>
  Object.assign(new URL(url), { pathname: `/${database}` }).href

const onServer = async (url: string, statement: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

const create = async (): Promise<Omit<TestDatabase, 'empty'> & { drop: () => Promise<void> }> => {
  const { ownerUrl, template, urls } = inject('postgres')
  const name = `${template}_${randomBytes(4).toString('hex')}`
  const maintenance = at(ownerUrl, 'postgres')
  await onServer(maintenance, `create database ${name} template ${template} strategy file_copy`)
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

/** Creates a database for the calling test file and drops it after the last test. */
export const useDatabase = (): TestDatabase => {
  const empty = async () => {
    await given.owner.query(EMPTY)
  }
  const given = { empty } as TestDatabase
  let drop = async () => {}
  beforeAll(async () => {
    const made = await create()
    drop = made.drop
    Object.assign(given, made)
  })
  afterAll(() => drop())
  return given
}
