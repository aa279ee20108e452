import { randomUUID } from 'node:crypto'
import { openDatabase, transaction } from '@vobee/shared/data/database'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { buildApp } from './app.ts'
import { ReferralsSettings } from './config.ts'
import { handlers } from './consumers.ts'
import {
  consumerDeps,
  emailOf,
  inSeconds,
  joiner,
  personOf,
  publishedTo,
  referralsOf,
  use,
} from './testing/people.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals, { SHARES_PER_DAY: '100' }))
})
afterAll(() => app.close())

const permutations = <T>(items: T[]): T[][] =>
  items.length < 2
    ? [items]
    : items.flatMap((first, i) =>
        permutations(items.toSpliced(i, 1)).map((others) => [first, ...others]),
      )

const orders = permutations([0, 1, 2, 3, 4])

/** Five people and the events about them; the people of `n` know nobody else. */
const scenario = (n: number) => {
  const name = (person: string) => `${person}-${n}`
  return {
    names: ['alice', 'bob', 'carol', 'dave', 'erin'].map(name),
    // Erin claims Carol, who joins with Bob's code; Erin claims Dave, then Bob does too.
    shares: [
      ['erin', 'carol'],
      ['erin', 'dave'],
      ['bob', 'dave'],
    ].map(([by, of]) => ({
      inviter_email: emailOf(name(by as string)),
      recipient_email: emailOf(name(of as string)),
    })),
    events: [
      ['waitlist.joined', { entries: [joiner(name('alice'))] }],
      ['waitlist.joined', { entries: [joiner(name('bob'), { by: name('alice') })] }],
      ['waitlist.joined', { entries: [joiner(name('carol'), { by: name('bob') })] }],
      ['waitlist.joined', { entries: [joiner(name('dave'), { at: inSeconds(9) })] }],
      ['invites.used', { uses: [use(name('carol')), use(name('dave'))] }],
    ] as const,
  }
}

const share = async (payload: object) =>
  app.inject({ method: 'POST', url: '/api/referrals/share', headers: asAdmin, payload })

test('any order of the events, with repeats, gives the same referrals and credits', async () => {
  const scenarios = orders.map((order, n) => ({ order, ...scenario(n) }))
  for (const { shares } of scenarios) for (const payload of shares) await share(payload)
  // One event of each scenario at a time; the last is a repeated one.
  for (let step = 0; step < 6; step++) {
    for (const [n, { order, events }] of scenarios.entries()) {
      const [event, payload] = events[order[step] ?? order[n % 5] ?? 0] ?? []
      await db.owner.query('select referrals.publish($1, $2)', [event, payload])
    }
    while ((await app.inbox.processBatch()) !== 0);
  }
  const credits = await publishedTo(db, 'waitlist', 'referrals.credited')
  for (const [n, { order, names }] of scenarios.entries()) {
    const referrals = (await referralsOf(db, names)).map((words) => words.replaceAll(`-${n}`, ''))
    expect(referrals, `in the order ${order}`).toEqual([
      'alice → bob code counted pending',
      'bob → carol code counted converted',
      'bob → dave share claimed pending',
      'erin → carol share claimed pending',
      'erin → dave share counted converted',
    ])
    const people = names.map((name) => personOf(emailOf(name)))
    const credited = credits.map(({ person }) => people.indexOf(person)).filter((i) => i >= 0)
    expect(credited.sort()).toEqual([1, 2, 3])
  }
})

test('a code ends when its owner leaves, in whatever order the events arrive', async () => {
  const entries = [joiner('alice', { at: inSeconds(-9) })]
  const left = { id: randomUUID(), person: personOf(emailOf('alice')), at: inSeconds(-5) }
  const joins = [
    joiner('bob', { by: 'alice', at: inSeconds(-6) }),
    joiner('carol', { by: 'alice', at: left.at }),
    joiner('dave', { by: 'alice', confirmed: false, at: inSeconds(-4) }),
  ]
  const events = [
    ['waitlist.joined', { entries }],
    ['waitlist.left', { entries: [{ ...left, at: inSeconds(-1) }] }],
    ['waitlist.left', { entries: [left] }],
    ['waitlist.joined', { entries: joins }],
  ] as const
  const add = (n: number) =>
    db.owner.query('select referrals.publish($1, $2)', [events[n]?.[0], events[n]?.[1]])
  // Each alone, and in a batch that begins with a join.
  for (const [order, batch] of [
    [[0, 1, 2, 3], 1],
    [[0, 3, 1, 2], 1],
    [[2, 3, 0], 1],
    [[0, 2, 1, 3], 4],
  ] as const) {
    await db.empty()
    for (const [n, event] of order.entries()) {
      await add(event)
      if ((n + 1) % batch === 0) await app.inbox.processBatch()
    }
    expect(
      await referralsOf(db, ['alice', 'bob', 'carol', 'dave']),
      `in the order ${order}`,
    ).toEqual([
      'alice → bob code counted pending',
      'alice → carol code void code_expired pending',
      'alice → dave code void code_expired pending',
    ])
  }
  expect(await publishedTo(db, 'waitlist', 'referrals.voided')).toEqual([
    expect.objectContaining({ person: personOf(emailOf('carol')), revision: 2 }),
  ])
})

test('joins read no whole table on a connection that made its plans while the tables were small', async () => {
  const database = openDatabase(db.urls.referrals, { name: 'test', max: 1, log: app.log })
  onTestFinished(() => database.end())
  await db.owner.query(`
    alter table referrals.members set (autovacuum_enabled = off);
    alter table referrals.referral_codes set (autovacuum_enabled = off);
    analyze referrals.members, referrals.referral_codes`)
  const { all } = handlers(consumerDeps)['waitlist.joined']
  const joinAll = (names: string[]) =>
    transaction(database, async (connection) => {
      await all(connection, [{ entries: names.map((name) => joiner(name)) }])
      const { rows } = await connection.query(`
        select relname from pg_stat_xact_user_tables
        where schemaname = 'referrals' and seq_tup_read > 1000`)
      return rows
    })
  for (let n = 0; n < 10; n++) await joinAll([`planned-${n}`])
  await db.owner.query(`
    insert into referrals.members (person) select md5(n::text) from generate_series(1, 2000) as n`)
  expect(await joinAll(['ada', 'ben', 'cleo'])).toEqual([])
})
