import { connect, createServer, type Socket } from 'node:net'
import { useDatabase } from '@vobee/testing/database'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Database, openDatabase, type Transaction } from '../data/database.ts'
import type { Payload } from './catalogue.ts'
import { type Handlers, type Inbox, openInbox } from './inbox.ts'
import { openWakeUp } from './wake-up.ts'

const db = useDatabase()
const other = useDatabase()
const warnings: string[] = []
const log = {
  info: () => {},
  error: () => {},
  warn: (details: object) => warnings.push((details as { err: Error }).err.message),
}
let database: Database
let listener: pg.Client
const notified: string[] = []
const running = new Set<Inbox>()
/** Ends a handler that waits, also after its test failed. */
let finishing = () => {}

beforeAll(async () => {
  await db.owner.query('create table invites.effects (word text not null)')
  database = openDatabase(db.urls.invites, { name: 'test', max: 10, log })
  listener = new pg.Client({ connectionString: db.ownerUrl })
  await listener.connect()
  listener.on('notification', ({ payload = '' }) => notified.push(payload))
  await listener.query('listen "invites.inbox"')
})
afterEach(async () => {
  finishing()
  for (const inbox of running) await inbox.stop()
  running.clear()
})
afterAll(async () => {
  await listener.end()
  await database.end()
})
beforeEach(async () => {
  await db.empty()
  notified.length = 0
  warnings.length = 0
})

const publish = (word: string) =>
  db.owner.query(`select invites.publish('referrals.blocked', $1)`, [
    { people: [{ person: 'ada', reason: word }], at: '2026-01-01T00:00:00Z' },
  ])
const effects = async () => {
  const { rows } = await db.owner.query('select word from invites.effects order by word')
  return rows.map((row) => row.word)
}
const isMarked = async () =>
  (await db.owner.query('select invites.has_sleeper() as marked')).rows[0].marked
/** Returns what was notified: the server delivers in the order of commits. */
const allNotified = async () => {
  await db.owner.query(`select pg_notify('invites.inbox', 'end')`)
  await expect.poll(() => notified).toContain('end')
  return notified.slice(0, -1)
}

const NEVER_MS = 600_000
type Options = { url?: string; checkMs?: number; before?: (word: string) => Promise<unknown> }

const nothing = async () => {}
const start = ({ url = db.urls.invites, checkMs = NEVER_MS, before = nothing }: Options = {}) => {
  const record = async (connection: Transaction, { people }: Payload<'referrals.blocked'>) => {
    const word = people[0]?.reason ?? ''
    await before(word)
    await connection.query('insert into invites.effects values ($1)', [word])
  }
  const handlers = { 'referrals.blocked': record } as unknown as Handlers<'invites'>
  const wakeUp = openWakeUp(database, url, { service: 'invites', log, checkMs })
  const inbox = openInbox(database, 'invites', handlers, { log, wakeUp })
  inbox.start()
  running.add(inbox)
  return inbox
}

const within10s = { timeout: 10_000 }

test('a sleeping consumer is woken by each event', async () => {
  start()
  for (const words of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
    await expect.poll(isMarked, within10s).toBe(true)
    await publish(words.at(-1) as string)
    await expect.poll(effects, within10s).toEqual(words)
  }
})

test('nothing is notified while the consumer works', async () => {
  const finish = Promise.withResolvers<void>()
  finishing = finish.resolve
  let working = ''
  start({
    before: (word) => {
      working = word
      return finish.promise
    },
  })
  await expect.poll(isMarked, within10s).toBe(true)
  await publish('a')
  await expect.poll(() => working, within10s).toBe('a')
  await expect.poll(isMarked, within10s).toBe(false)
  await publish('b')
  expect(await allNotified()).toEqual([''])
  finish.resolve()
  await expect.poll(effects, within10s).toEqual(['a', 'b'])
})

test('without its session a consumer polls, and then it opens another', async () => {
  start()
  await expect.poll(isMarked, within10s).toBe(true)
  await db.owner.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'invites listener' and datname = current_database()`,
  )
  await publish('a')
  await expect.poll(effects, within10s).toEqual(['a'])
  expect(warnings).toHaveLength(1)
  await expect.poll(isMarked, within10s).toBe(true)
  await publish('b')
  await expect.poll(effects, within10s).toEqual(['a', 'b'])
})

test('the mark of a killed consumer ends with its session', async () => {
  const killed = new pg.Client({ connectionString: db.urls.invites })
  killed.on('error', () => {})
  await killed.connect()
  const { rows } = await killed.query('select invites.sleep_inbox() as held')
  expect([rows[0].held, await isMarked()]).toEqual([true, true])
  const { stream } = (killed as unknown as { connection: { stream: Socket } }).connection
  stream.destroy()
  await expect.poll(isMarked, within10s).toBe(false)
  await publish('a')
  expect(await allNotified()).toEqual([])
})

test('when one of two sleeping replicas ends, the other one holds the mark', async () => {
  const first = start()
  await expect.poll(isMarked, within10s).toBe(true)
  start({ checkMs: 50 })
  await first.stop()
  await expect.poll(isMarked, within10s).toBe(true)
  await publish('a')
  await expect.poll(effects, within10s).toEqual(['a'])
})

test('a session in another database is not used', async () => {
  start({ url: other.urls.invites })
  await expect
    .poll(() => warnings, within10s)
    .toEqual([expect.stringContaining('another database')])
  await publish('a')
  await expect.poll(effects, within10s).toEqual(['a'])
  expect(await allNotified()).toEqual([])
})

/** Opens a proxy before Postgres, whose replies pass through `change`. */
const openProxy = async (change: (reply: Buffer) => void = () => {}) => {
  const { hostname, port } = new URL(db.ownerUrl)
  const sockets: Socket[] = []
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    sockets.push(client, upstream)
    client.pipe(upstream).on('error', () => client.destroy())
    client.on('error', () => upstream.destroy())
    upstream.on('data', (reply: Buffer) => {
      change(reply)
      client.write(reply)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address() as { port: number }
  const hang = () => {
    for (const socket of sockets) socket.pause()
  }
  return { hang, url: Object.assign(new URL(db.urls.invites), { port: address.port }).href }
}

test('a session through a pooler is not used', async () => {
  // PgBouncer tells its clients a process id of its own: byte 5 of the message BackendKeyData.
  const { url } = await openProxy((reply) => {
    const key = reply.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]))
    if (key >= 0) reply[key + 5] = (reply[key + 5] ?? 0) ^ 0x40
  })
  start({ url })
  await expect.poll(() => warnings, within10s).toEqual([expect.stringContaining('PgBouncer')])
  await publish('a')
  await expect.poll(effects, within10s).toEqual(['a'])
  expect(await isMarked()).toBe(false)
})

test('a session that hangs is given up', async () => {
  const { url, hang } = await openProxy()
  start({ url, checkMs: 100 })
  await expect.poll(isMarked, within10s).toBe(true)
  hang()
  await publish('a')
  await expect.poll(effects, within10s).toEqual(['a'])
  // The event may have come before the consumer slept: then the next attempt to sleep finds the session.
  await expect.poll(() => warnings, within10s).toEqual([expect.stringContaining('timeout')])
})
