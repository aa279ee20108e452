// Empty databases on the test server, dropped with their roles after the file.
import { randomBytes } from 'node:crypto'
import type { TestDatabase } from '@vobee/testing/database'
import pg from 'pg'
import { afterAll } from 'vitest'

/** Returns the function that creates an empty database and returns its owner's URL. */
export const useNewDatabases = (db: TestDatabase) => {
  const created: string[] = []
  afterAll(async () => {
    for (const name of created) {
      await db.owner.query(`drop database ${name} with (force)`)
      const { rows } = await db.owner.query('select rolname from pg_roles where rolname ^@ $1', [
        `${name}_`,
      ])
      for (const { rolname } of rows) await db.owner.query(`drop role ${rolname}`)
    }
  })
  return async (): Promise<string> => {
    const name = `vobee_${randomBytes(4).toString('hex')}`
    await db.owner.query(`create database ${name}`)
    created.push(name)
    return Object.assign(new URL(db.ownerUrl), { pathname: `/${name}` }).href
  }
}

/** Runs a statement on a connection of its own and returns its rows. */
export const query = async (url: string, text: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return (await client.query(text).finally(() => client.end())).rows
}
