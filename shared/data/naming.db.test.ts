// Named statements, and connection poolers that do not follow them.
import { useDatabase } from '@vobee/testing/database'
import { afterEach, expect, test } from 'vitest'
import { type Database, openDatabase, runPipelined, transaction } from './database.ts'
import { isDatabaseUnavailable } from './database-errors.ts'

const db = useDatabase()
const opened: Database[] = []
const logged: string[] = []

const open = (prepare: boolean) => {
  const log = { error: (_: object, message: string) => logged.push(message) }
  const database = openDatabase(db.urls.waitlist, { name: 'test', max: 1, log, prepare })
  opened.push(database)
  return database
}
afterEach(async () => {
  for (const database of opened.splice(0)) await database.end()
  logged.length = 0
})

const named = { name: 'double', text: 'select 2 * $1::int as n', values: [4] }

const runs: [string, (database: Database) => Promise<{ rows: object[] }>][] = [
  ['a single statement', (database) => database.query(named)],
  [
    'a statement of a transaction',
    (database) => transaction(database, (connection) => connection.query(named)),
  ],
  ['a pipelined statement', (database) => runPipelined(database, 'select 1', named)],
]

const namesOn = async (database: Database) => {
  const { rows } = await database.query('select name from pg_prepared_statements')
  return rows.map(({ name }) => name)
}

test.each(runs)('with DATABASE_PREPARE=off, %s is sent unnamed', async (_, run) => {
  const [on, off] = [open(true), open(false)]
  expect((await run(on)).rows).toEqual([{ n: 8 }])
  expect((await run(off)).rows).toEqual([{ n: 8 }])
  expect(await namesOn(on)).toEqual(['double'])
  expect(await namesOn(off)).toEqual([])
})

// What a client sees behind a pooler that gave its server connection to others in between.
test.each(runs)('after the name of %s was lost, all are sent unnamed', async (_, run) => {
  const database = open(true)
  await run(database)
  await database.query('deallocate all')
  const error = await run(database).catch((reason) => reason)
  expect(error).toMatchObject({ code: '26000' })
  expect(isDatabaseUnavailable(error)).toBe(true)
  expect((await run(database)).rows).toEqual([{ n: 8 }])
  expect(await namesOn(database)).toEqual([])
  expect(logged).toEqual([expect.stringContaining('DATABASE_PREPARE=off')])
})
