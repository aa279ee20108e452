import { createMetrics } from '@vobee/shared/ops/metrics'
import { useDatabase } from '@vobee/testing/database'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Database, openDatabase, type Transaction } from '../data/database.ts'
import { unavailable } from '../http/problem.ts'
import type { Payload } from './catalogue.ts'
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

const publish = (word: string, event = 'referrals.blocked') =>
  db.owner.query('select invites.publish($1, $2)', [
    event,
    { people: [{ person: 'ada', reason: word }], at: '2026-01-01T00:00:00Z' },
  ])

type Blocked = Payload<'referrals.blocked'>
const wordOf = ({ people }: Blocked) => people[0]?.reason ?? ''

const record = async (connection: Transaction, event: Blocked) => {
  if (wordOf(event) === 'bad') throw new Error('cannot')
  await connection.query('insert into invites.effects values ($1)', [wordOf(event)])
}
const nothing = async () => {}
const handlers = {
  'referrals.earned': nothing,
  'waitlist.released': nothing,
  'waitlist.invitation_requested': nothing,
  'person.erased': nothing,
  'person.forgotten': nothing,
  'referrals.recalled': nothing,
  'referrals.blocked': record,
  'referrals.unblocked': nothing,
}
const open = (own: Handlers<'invites'> = handlers) => openInbox(database, 'invites', own, { log })

const effects = async () => {
  const { rows } = await db.owner.query('select word from invites.effects order by word')
  return rows.map((row) => row.word)
}

const processAll = async (inbox = open()) => {
  while ((await inbox.processBatch()) !== 0);
}

test('an event published while the consumer is down is handled later, once', async () => {
  for (const word of ['a', 'b', 'c']) await publish(word)
  await Promise.all([processAll(), processAll(), processAll()])
  expect(await effects()).toEqual(['a', 'b', 'c'])
  await processAll()
  expect(await effects()).toEqual(['a', 'b', 'c'])
})

test('a bad event among 64 fails alone', async () => {
  for (let i = 10; i < 74; i++) await publish(i === 40 ? 'bad' : String(i))
  await processAll()
  expect(await effects()).toHaveLength(63)
  const { rows } = await db.owner.query('select attempts, error from invites.inbox')
  expect(rows).toEqual([{ attempts: expect.any(Number), error: 'cannot' }])
  expect(rows[0].attempts).toBeGreaterThan(0)
})

test('a batch takes no more than its limit from an inbox that was analyzed while empty', async () => {
  for (let i = 0; i < 200; i++) await publish('gone')
  await db.owner.query('delete from invites.inbox; analyze invites.inbox')
  for (let i = 10; i < 40; i++) await publish(String(i))
  const inbox = openInbox(database, 'invites', handlers, { log, batch: 1 })
  expect(await inbox.processBatch()).toBe(1)
  expect(await effects()).toEqual(['10'])
})

test('an event that fails ten times is dead-lettered and counted', async () => {
  await publish('bad')
  for (let i = 0; i < 10; i++) {
    await db.owner.query('update invites.inbox set try_at = now()')
    await processAll()
  }
  expect(await countInbox(database, 'invites')).toEqual({ waiting: 0, set_aside: 1 })
  const registry = createMetrics('test')
  measureInbox(database, 'invites', registry)
  expect(await registry.metrics()).toContain('inbox_events{state="set_aside",service="test"} 1')
})

test('an event that takes too long or names a missing table does not block others', async () => {
  await db.owner.query(
    `insert into invites.inbox (event, payload) values ('referrals.blocked', '{}')`,
  )
  for (const word of ['slow', 'a', 'missing', 'b']) await publish(word)
  const statements: Record<string, string> = {
    slow: 'select pg_sleep(5)',
    missing: 'select from invites.nowhere',
  }
  const troubled = open({
    ...handlers,
    'referrals.blocked': async (connection, event) => {
      const statement = statements[wordOf(event)]
      if (statement) await connection.query(statement)
      await record(connection, event)
    },
  })
  await processAll(troubled)
  expect(await effects()).toEqual(['a', 'b'])
  const { rows } = await db.owner.query('select attempts from invites.inbox')
  expect(rows.every((row) => row.attempts > 0)).toBe(true)
})

test('an event whose handler is not ready yet waits, and does not count as failed', async () => {
  await publish('a')
  const notReady = open({
    ...handlers,
    'referrals.blocked': async () => {
      throw unavailable()
    },
  })
  await expect(notReady.processBatch()).rejects.toThrow()
  const { rows } = await db.owner.query('select attempts from invites.inbox')
  expect(rows).toEqual([{ attempts: 0 }])
  await processAll()
  expect(await effects()).toEqual(['a'])
})

test('an unknown event stays in the inbox', async () => {
  await publish('x', 'somebody.sneezed')
  await processAll()
  const { rows } = await db.owner.query('select error from invites.inbox')
  expect(rows).toEqual([{ error: 'no handler for somebody.sneezed' }])
})

test('an effect that was not committed leaves its event in the inbox', async () => {
  await publish('a')
  const cut = openInbox(
    database,
    'invites',
    {
      ...handlers,
      'referrals.blocked': async (connection, event) => {
        await record(connection, event)
        await connection.query('select pg_terminate_backend(pg_backend_pid())')
      },
    },
    { log },
  )
  await expect(cut.processBatch()).rejects.toThrow()
  expect(await effects()).toEqual([])
  await processAll()
  expect(await effects()).toEqual(['a'])
})

describe('an event of a person who was erased and came back', () => {
  const erasure = { person: 'ada', pseudonym: 'erased-1', at: '2026-01-01T00:00:00Z' }
  const erase = (more = {}) =>
    db.owner.query(`select invites.publish('person.erased', $1)`, [{ ...erasure, ...more }])
  const publishOf = (person: string) =>
    db.owner.query(`select invites.publish('referrals.blocked', $1)`, [
      { people: [{ person, reason: `of ${person}` }], at: erasure.at },
    ])

  test('waits for the erasure that another replica handles, and nobody else does', async () => {
    const begun = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    onTestFinished(() => end.resolve())
    const first = open({
      ...handlers,
      'person.erased': async (connection) => {
        begun.resolve()
        await end.promise
        await connection.query(`insert into invites.effects values ('erased')`)
      },
    })
    await erase()
    const erasing = first.processBatch()
    await begun.promise
    for (const person of ['ada', 'ben']) await publishOf(person)
    await processAll()
    expect(await effects()).toEqual(['of ben'])
    end.resolve()
    expect(await erasing).toBe(1)
    await processAll()
    expect(await effects()).toEqual(['erased', 'of ada', 'of ben'])
  })

  test('waits for an erasure that failed until it succeeds or is dead-lettered', async () => {
    await publishOf('ada')
    await erase()
    await publishOf('ada')
    await db.owner.query(
      `update invites.inbox set try_at = 'infinity', attempts = 9 where event = 'person.erased'`,
    )
    await processAll()
    expect(await effects()).toEqual(['of ada'])
    await db.owner.query(
      `update invites.inbox set dead_lettered_at = now() where event = 'person.erased'`,
    )
    await processAll()
    expect(await effects()).toEqual(['of ada', 'of ada'])
  })

  test('does not wait for the second pass', async () => {
    await erase({ second_pass: true })
    await db.owner.query(`update invites.inbox set try_at = 'infinity'`)
    await publishOf('ada')
    await processAll()
    expect(await effects()).toEqual(['of ada'])
  })
})

test('a consumer that is stopped finishes the batch in progress', async () => {
  await publish('a')
  const inbox = open()
  inbox.start()
  await expect.poll(effects).toEqual(['a'])
  await inbox.stop()
  await publish('b')
  expect(await countInbox(database, 'invites')).toEqual({ waiting: 1, set_aside: 0 })
})
