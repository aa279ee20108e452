import { createServer, type Server, type Socket } from 'node:net'
import { useDatabase } from '@vobee/testing/database'
import { afterEach, expect, test } from 'vitest'
import {
  type Database,
  onCommit,
  openDatabase,
  runLong,
  runPipelined,
  type Transaction,
  transaction,
} from './database.ts'
import { isDatabaseUnavailable, isPoolBusy } from './database-errors.ts'

const db = useDatabase()
const log = { error: () => {} }
const opened: Database[] = []

const open = (url: string, max = 2) => {
  const database = openDatabase(url, { name: 'test', max, log })
  opened.push(database)
  return database
}
afterEach(async () => {
  for (const database of opened.splice(0)) await database.end().catch(() => {})
})

const failure = async (act: Promise<unknown>) => {
  const started = performance.now()
  const error = await act.then(
    () => undefined,
    (reason) => reason,
  )
  return { error, seconds: (performance.now() - started) / 1000 }
}

test('counts are numbers and times are ISO 8601 in UTC', async () => {
  const { rows } = await open(db.urls.waitlist).query(
    `select count(*) as n, '2026-01-02 03:04:05+02'::timestamptz as at, '2026-01-02'::date as day`,
  )
  expect(rows).toEqual([{ n: 1, at: '2026-01-02T01:04:05.000Z', day: '2026-01-02' }])
})

test('an unavailable database is reported within 3 s', async () => {
  const { error, seconds } = await failure(open('postgres://x@127.0.0.1:1/x').query('select 1'))
  expect(isDatabaseUnavailable(error)).toBe(true)
  expect(seconds).toBeLessThan(3)
})

test('a server that accepts and never replies is given up within 3 s', async () => {
  const sockets: Socket[] = []
  const mute: Server = createServer((socket) => sockets.push(socket))
  await new Promise<void>((done) => mute.listen(0, '127.0.0.1', done))
  const { port } = mute.address() as { port: number }
  const { error, seconds } = await failure(
    open(`postgres://x@127.0.0.1:${port}/x`).query('select 1'),
  )
  for (const socket of sockets) socket.destroy()
  mute.close()
  expect(isDatabaseUnavailable(error)).toBe(true)
  expect(seconds).toBeLessThan(3)
})

test('a full pool is reported within 3 s, and works again once a connection is free', async () => {
  const database = open(db.urls.waitlist)
  const held = [await database.connect(), await database.connect()]
  const { error, seconds } = await failure(database.query('select 1'))
  for (const connection of held) connection.release()
  expect([isDatabaseUnavailable(error), isPoolBusy(error)]).toEqual([true, false])
  expect(seconds).toBeLessThan(3)
  await expect(database.query('select 1')).resolves.toMatchObject({ rowCount: 1 })
})

test('a timeout of the wait for a connection is marked as busy if others got one', async () => {
  const database = open(db.urls.waitlist, 1)
  const slow = () => database.query('select pg_sleep(0.3)')
  const waits = await Promise.allSettled(Array.from({ length: 9 }, slow))
  const errors = waits.flatMap((wait) => (wait.status === 'rejected' ? wait.reason : []))
  expect(errors.length).toBeGreaterThan(0)
  expect(errors.map(isPoolBusy)).toEqual(errors.map(() => true))
})

test('a rejected connection is not a long wait, even just after another was released', async () => {
  const database = open(db.urls.waitlist)
  const [held, other] = [await database.connect(), await database.connect()]
  const role = (await held.query('select current_user as name')).rows[0].name
  await db.owner.query(`alter role "${role}" nologin`)
  other.release(true)
  held.release()
  const again = await database.connect()
  const { error } = await failure(database.query('select 1'))
  await db.owner.query(`alter role "${role}" login`)
  again.release()
  expect([isDatabaseUnavailable(error), isPoolBusy(error)]).toEqual([true, false])
})

test('a statement that takes too long is ended by the server as well', async () => {
  const database = open(db.urls.waitlist)
  const { error } = await failure(
    database.query({ text: 'select pg_sleep(20)', query_timeout: 10_000 } as never),
  )
  expect(error).toMatchObject({ code: '57014' })
  expect(isDatabaseUnavailable(error)).toBe(true)
})

test('a connection that is killed does not end the process, and the next query works', async () => {
  const database = open(db.urls.waitlist, 1)
  const { rows } = await database.query('select pg_backend_pid() as pid')
  await db.owner.query('select pg_terminate_backend($1)', [rows[0].pid])
  await expect.poll(() => database.totalCount).toBe(0)
  await expect(database.query('select 1')).resolves.toMatchObject({ rowCount: 1 })
})

test('a transaction that throws is rolled back and releases its connection', async () => {
  const database = open(db.urls.waitlist, 1)
  const act = transaction(database, async (connection) => {
    await connection.query(`update waitlist.gate set open = false`)
    throw new Error('changed my mind')
  })
  await expect(act).rejects.toThrow('changed my mind')
  const { rows } = await database.query('select open from waitlist.gate')
  expect(rows).toEqual([{ open: true }])
})

test('a transaction whose first statements fail throws their error, so that it can run again', async () => {
  const action = (connection: Transaction) => connection.query('select 1')
  const first = `do $$ begin raise 'waiting in a circle' using errcode = '40P01'; end $$`
  const { error } = await failure(transaction(open(db.urls.waitlist), action, first))
  expect(error.code).toBe('40P01')
})

test('pipelined statements are one transaction: an error in either undoes both', async () => {
  const database = open(db.urls.waitlist, 1)
  const mark = (kind: string) =>
    `insert into waitlist.mail_counts values (gen_random_uuid(), '${kind}', 1, now())`
  const divide = (by: number) => ({ name: 'divide', text: 'select 6 / $1::int as n', values: [by] })
  const fault = { code: '22012' }
  await expect(runPipelined(database, 'select 1 / 0', divide(2))).rejects.toMatchObject(fault)
  await expect(runPipelined(database, mark('undone'), divide(0))).rejects.toMatchObject(fault)
  expect((await runPipelined(database, mark('done'), divide(2))).rows).toEqual([{ n: 3 }])
  const within = transaction(database, async (connection) => {
    await runPipelined(connection, mark('undone with the rest'), divide(2))
    throw new Error('the rest')
  })
  await expect(within).rejects.toThrow('the rest')
  const { rows } = await database.query('select kind from waitlist.mail_counts')
  expect(rows).toEqual([{ kind: 'done' }])
})

test('pipelined statements on a hung server are given up, and their connection is closed', async () => {
  const database = open(db.urls.waitlist, 1)
  const hanging = runPipelined(database, `set local statement_timeout = 0`, {
    text: 'select pg_sleep(3)',
  })
  const { error, seconds } = await failure(hanging)
  expect(isDatabaseUnavailable(error)).toBe(true)
  expect(seconds).toBeLessThan(3)
  expect((await database.query('select 1 as n')).rows).toEqual([{ n: 1 }])
})

test('a long statement may take its time and read whole tables, until its transaction ends', async () => {
  const database = open(db.urls.waitlist, 1)
  const show = `select current_setting('statement_timeout') as most, current_setting('enable_seqscan') as whole`
  const long = await transaction(database, (connection) => runLong(connection, show))
  expect(long).toEqual([{ most: '27s', whole: 'on' }])
  expect((await database.query(show)).rows).toEqual([{ most: '2s', whole: 'off' }])
})

test('what waits for a commit runs after it, and not after a rollback', async () => {
  const database = open(db.urls.waitlist)
  const ran: string[] = []
  await transaction(database, async (connection) => {
    await transaction(connection, async (same) => onCommit(same, () => ran.push('committed')))
    expect(ran).toEqual([])
  })
  const failed = transaction(database, async (connection) => {
    onCommit(connection, () => ran.push('rolled back'))
    throw new Error('no')
  })
  await expect(failed).rejects.toThrow('no')
  const ignored = transaction(database, async (connection) => {
    onCommit(connection, () => ran.push('rolled back by a failed statement'))
    await connection.query('select 1 / 0').catch(() => {})
  })
  await expect(ignored).rejects.toThrow('Postgres rolled back')
  onCommit(database, () => ran.push('at once'))
  expect(ran).toEqual(['committed', 'at once'])
})
