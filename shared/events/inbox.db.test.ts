import { createMetrics } from '@vobee/shared/ops/metrics'
import { useDatabase } from '@vobee/testing/database'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Database, openDatabase, type Transaction } from '../data/database.ts'
import { countInbox, type Handlers, measureInbox, openInbox } from './inbox.ts'

const db = useDatabase()
const log = { warn: () => {}, error: () => {} }
let database: Database

beforeAll(async () => {
  await db.owner.query('create table invites.effects (word text not null)')
  database = openDatabase(db.urls.invites, { name: 'test', max: 10, log })
})
afterAll(() => database.end())
beforeEach(db.empty)

const tell = (word: string, event = 'gate.evaluated') =>
  db.owner.query('select invites.publish($1, $2)', [
    event,
    { open: true, reasons: [word], evaluated_at: '2026-01-01T00:00:00Z' },
  ])

const note = async (connection: Transaction, told: { reasons: string[] }) => {
  if (told.reasons[0] === 'bad') throw new Error('cannot')
  await connection.query('insert into invites.effects values ($1)', [told.reasons[0]])
}
const nothing = async () => {}
const reactions = {
  'gate.evaluated': note,
  'referrals.earned': nothing,
  'waitlist.released': nothing,
  'person.erased': nothing,
  'person.forgotten': nothing,
}
const open = (own: Handlers<'invites'> = reactions) => openInbox(database, 'invites', own, { log })

const effects = async () => {
  const { rows } = await db.owner.query('select word from invites.effects order by word')
  return rows.map((row) => row.word)
}

const hearAll = async (inbox = open()) => {
  while ((await inbox.processBatch()) !== 0);
}

test('what was told while nobody listened is heard later, once', async () => {
  for (const word of ['a', 'b', 'c']) await tell(word)
  await Promise.all([hearAll(), hearAll(), hearAll()])
  expect(await effects()).toEqual(['a', 'b', 'c'])
  await hearAll()
  expect(await effects()).toEqual(['a', 'b', 'c'])
})

test('a bad event among 64 fails alone', async () => {
  for (let i = 10; i < 74; i++) await tell(i === 40 ? 'bad' : String(i))
  await hearAll()
  expect(await effects()).toHaveLength(63)
  const { rows } = await db.owner.query('select attempts, error from invites.inbox')
  expect(rows).toEqual([{ attempts: expect.any(Number), error: 'cannot' }])
  expect(rows[0].attempts).toBeGreaterThan(0)
})

test('an event that fails ten times is set aside and counted', async () => {
  await tell('bad')
  for (let i = 0; i < 10; i++) {
    await db.owner.query('update invites.inbox set try_at = now()')
    await hearAll()
  }
  expect(await countInbox(database, 'invites')).toEqual({ waiting: 0, set_aside: 1 })
  const registry = createMetrics('test')
  measureInbox(database, 'invites', registry)
  expect(await registry.metrics()).toContain('inbox_events{state="set_aside",service="test"} 1')
})

test('an event that takes too long, or asks for what is not there, stops no other', async () => {
  await db.owner.query(`insert into invites.inbox (event, payload) values ('gate.evaluated', '{}')`)
  for (const word of ['slow', 'a', 'missing', 'b']) await tell(word)
  const statements: Record<string, string> = {
    slow: 'select pg_sleep(5)',
    missing: 'select from invites.nowhere',
  }
  const troubled = open({
    ...reactions,
    'gate.evaluated': async (connection, told) => {
      const statement = statements[told.reasons[0] ?? '']
      if (statement) await connection.query(statement)
      await note(connection, told)
    },
  })
  await hearAll(troubled)
  expect(await effects()).toEqual(['a', 'b'])
  const { rows } = await db.owner.query('select attempts from invites.inbox')
  expect(rows.every((row) => row.attempts > 0)).toBe(true)
})

test('an event nobody here knows is kept, not lost', async () => {
  await tell('x', 'somebody.sneezed')
  await hearAll()
  const { rows } = await db.owner.query('select error from invites.inbox')
  expect(rows).toEqual([{ error: 'no handler for somebody.sneezed' }])
})

test('an effect that did not commit leaves its event', async () => {
  await tell('a')
  const cut = openInbox(
    database,
    'invites',
    {
      ...reactions,
      'gate.evaluated': async (connection, told) => {
        await note(connection, told)
        await connection.query('select pg_terminate_backend(pg_backend_pid())')
      },
    },
    { log },
  )
  await expect(cut.processBatch()).rejects.toThrow()
  expect(await effects()).toEqual([])
  await hearAll()
  expect(await effects()).toEqual(['a'])
})

test('a listener that is stopped lets the batch under way finish', async () => {
  await tell('a')
  const inbox = open()
  inbox.start()
  await expect.poll(effects).toEqual(['a'])
  await inbox.stop()
  await tell('b')
  expect(await countInbox(database, 'invites')).toEqual({ waiting: 1, set_aside: 0 })
})
