// Searches every row of every table of a running system's database.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findPostgresPort } from '@vobee/local/postgres/server'
import pg from 'pg'
import type { Stack } from './start-stack.ts'

const TABLES = `
  select format('%I.%I', table_schema, table_name) as name from information_schema.tables
  where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`

/** Runs `work` as the owner of the database. */
export const asOwner = async <T>(
  { dataDir }: Stack,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> => {
  const port = await findPostgresPort(dataDir)
  const password = (await readFile(join(dataDir, 'postgres-password'), 'utf8')).trim()
  const url = `postgres://orchestrator:${password}@127.0.0.1:${port}/orchestrator_db`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Returns the rows, with their tables, that contain any of the words in upper or lower case. */
export const findTraces = (stack: Stack, words: string[]): Promise<string[]> =>
  asOwner(stack, async (client) => {
    const { rows: tables } = await client.query(TABLES)
    const hits: string[] = []
    for (const { name } of tables) {
      const { rows } = await client.query(
        `select row::text as text from ${name} as row
         where exists (select from unnest($1::text[]) as word where strpos(lower(row::text), lower(word)) > 0)`,
        [words],
      )
      hits.push(...rows.map(({ text }) => `${name}: ${text}`))
    }
    return hits
  })
