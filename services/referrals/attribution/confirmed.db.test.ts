// Credit follows the confirmed address, in whatever order both are heard.
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
  referralsOf,
  teller,
  toldTo,
} from '../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(db.empty)

const tell = teller(db, () => app)
const unconfirmed = (name: string, by?: string) =>
  tell('waitlist.joined', { entries: [joiner(name, { confirmed: false, ...(by ? { by } : {}) })] })
const confirmed = (...names: string[]) =>
  tell('waitlist.confirmed', {
    entries: names.map((name) => ({
      id: randomUUID(),
      person: personOf(emailOf(name)),
      at: inSeconds(2),
    })),
  })
const settled = () => referralsOf(db, ['alice', 'bob', 'carol'])
const credited = async () => {
  const told = await toldTo(db, 'waitlist', 'referrals.credited')
  return told.map(({ person }) => person)
}

test('who has not confirmed yet is brought, and counts for nobody', async () => {
  await unconfirmed('alice')
  await unconfirmed('bob', 'alice')
  expect(await settled()).toEqual(['alice → bob code joined pending'])
  expect(await credited()).toEqual([])
})

test('confirming lets the referral count, once however often it is told', async () => {
  await unconfirmed('alice')
  await unconfirmed('bob', 'alice')
  await confirmed('bob', 'carol')
  await confirmed('bob')
  expect(await settled()).toEqual(['alice → bob code counted pending'])
  expect(await credited()).toEqual([personOf(emailOf('bob'))])
})

test('a confirmation that is heard before the join is not lost', async () => {
  await confirmed('bob')
  await unconfirmed('bob', 'alice')
  expect(await settled()).toEqual([])
  await unconfirmed('alice')
  expect(await settled()).toEqual(['alice → bob code counted pending'])
  expect(await credited()).toEqual([personOf(emailOf('bob'))])
})

test('the referrer need not have confirmed', async () => {
  await unconfirmed('alice')
  await unconfirmed('bob', 'alice')
  await confirmed('bob')
  expect(await credited()).toHaveLength(1)
})
