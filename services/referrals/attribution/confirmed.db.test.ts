// A referral counts once the referred person has confirmed, in any order of the events.
import { randomUUID } from 'node:crypto'
import { useDatabase } from '@vobee/testing/database'
import { testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import {
  emailOf,
  inSeconds,
  joiner,
  personOf,
  publishedTo,
  publisher,
  referralsOf,
} from '../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(db.empty)

const publish = publisher(db, () => app)
const unconfirmed = (name: string, by?: string) =>
  publish('waitlist.joined', {
    entries: [joiner(name, { confirmed: false, ...(by ? { by } : {}) })],
  })
const confirmed = (...names: string[]) =>
  publish('waitlist.confirmed', {
    entries: names.map((name) => ({
      id: randomUUID(),
      person: personOf(emailOf(name)),
      at: inSeconds(2),
    })),
  })
const referrals = () => referralsOf(db, ['alice', 'bob', 'carol'])
const credited = async () => {
  const credits = await publishedTo(db, 'waitlist', 'referrals.credited')
  return credits.map(({ person }) => person)
}

test('a referral of a person who has not confirmed does not count', async () => {
  await unconfirmed('alice')
  await unconfirmed('bob', 'alice')
  expect(await referrals()).toEqual(['alice → bob code joined pending'])
  expect(await credited()).toEqual([])
})

test('a confirmation counts the referral, once however often it is delivered', async () => {
  await unconfirmed('alice')
  await unconfirmed('bob', 'alice')
  await confirmed('bob', 'carol')
  await confirmed('bob')
  expect(await referrals()).toEqual(['alice → bob code counted pending'])
  expect(await credited()).toEqual([personOf(emailOf('bob'))])
})

test('a confirmation that arrives before the join is not lost', async () => {
  await confirmed('bob')
  await unconfirmed('bob', 'alice')
  expect(await referrals()).toEqual([])
  await unconfirmed('alice')
  expect(await referrals()).toEqual(['alice → bob code counted pending'])
  expect(await credited()).toEqual([personOf(emailOf('bob'))])
})

test('the time of a confirmation is stored, and a join that is confirmed at once has none', async () => {
  await confirmed('bob')
  await confirmed('bob')
  await publish('waitlist.joined', { entries: [joiner('alice')] })
  const { rows } = await db.owner.query(
    'select confirmed, confirmed_at is not null as has_time from referrals.members order by 2',
  )
  expect(rows).toEqual([
    { confirmed: true, has_time: false },
    { confirmed: true, has_time: true },
  ])
})

test('a referrer who has not confirmed is credited', async () => {
  await unconfirmed('alice')
  await unconfirmed('bob', 'alice')
  await confirmed('bob')
  expect(await credited()).toHaveLength(1)
})
