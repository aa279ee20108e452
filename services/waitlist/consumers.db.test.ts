import { randomUUID } from 'node:crypto'
import { personKeys } from '@vobee/shared/privacy/email'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, PERSON_KEY_SECRET, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from './app.ts'
import { WaitlistSettings } from './config.ts'
import { applyCredits } from './line/credits.ts'

const db = useDatabase()
const personKey = personKeys(PERSON_KEY_SECRET)
const ada = 'ada@example.com'
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(WaitlistSettings, db.urls.waitlist))
})
afterAll(() => app.close())
beforeEach(db.empty)

const join = (email: string) =>
  app.inject({
    method: 'POST',
    url: '/api/waitlist/join',
    payload: { email, use_case: 'to see', persona: 'other' },
  })

const publish = (event: string, payload: object) =>
  db.owner.query('select waitlist.publish($1, $2)', [event, payload])

const credit = (email: string, ids = [randomUUID()]) =>
  publish('referrals.credited', {
    referrals: ids.map((referral_id) => ({
      referral_id,
      referrer: personKey(email),
      person: 'friend',
      at: new Date().toISOString(),
    })),
  })

const consumeAll = async () => {
  while ((await app.inbox.processBatch()) !== 0);
}

const entry = async (email: string) => {
  const { rows } = await db.owner.query(
    'select score, credits, status from waitlist.entries where person = $1',
    [personKey(email)],
  )
  return rows[0]
}

test('a waitlist that sends no mail stores no address of issued codes', async () => {
  const mail = { batch_id: 'b', person: personKey(ada), email: ada, codes: ['VOBEE-1'], count: 1 }
  await publish('invites.issued', { codes: [], mail })
  await consumeAll()
  const { rows } = await db.owner.query(`
    select (select count(*)::int from waitlist.issued_mails) as mails,
           (select count(*)::int from waitlist.inbox) as events`)
  expect(rows).toEqual([{ mails: 0, events: 0 }])
})

describe('a referral that counts', () => {
  test('adds 5 to the score of the referrer, who moves up', async () => {
    await join('first@example.com')
    await join(ada)
    await credit(ada)
    await consumeAll()
    expect(await entry(ada)).toEqual({ score: 10, credits: 1, status: 'waiting' })
    expect((await join('last@example.com')).json().position).toBe(3)
  })

  test('counts once, however often it is published', async () => {
    await join(ada)
    const id = randomUUID()
    for (let i = 0; i < 3; i++) await credit(ada, [id])
    await consumeAll()
    expect(await entry(ada)).toMatchObject({ score: 10, credits: 1 })
  })

  test('adds no more than 50 in all', async () => {
    await join(ada)
    await credit(ada, Array.from({ length: 12 }, randomUUID))
    await consumeAll()
    expect(await entry(ada)).toMatchObject({ score: 55, credits: 12 })
  })

  test('waits for an owner who has not joined yet', async () => {
    await credit(ada)
    await consumeAll()
    await join(ada)
    await applyCredits(app.database)
    await applyCredits(app.database)
    expect(await entry(ada)).toMatchObject({ score: 10, credits: 1 })
  })
})

describe('a redeemed invite', () => {
  const used = (email: string) =>
    publish('invites.used', {
      uses: [
        {
          use_id: randomUUID(),
          person: personKey(email),
          batch_id: 'B',
          grant_id: null,
          at: new Date().toISOString(),
        },
      ],
    })

  test('takes the entry out of the line', async () => {
    await join(ada)
    await used(ada)
    await used(ada)
    await consumeAll()
    expect(await entry(ada)).toMatchObject({ status: 'redeemed' })
    const stats = (await app.inject('/api/waitlist/stats')).json()
    expect(stats).toMatchObject({ total: 1, processed_today: 0, waiting: 0, invited: 1 })
    expect((await join('next@example.com')).json()).toMatchObject({ position: 1, total_waiting: 1 })
  })
})

describe('the status report', () => {
  test('shows a dead-lettered event', async () => {
    await db.owner.query(
      `insert into waitlist.inbox (event, payload, dead_lettered_at) values ('x', '{}', now())`,
    )
    expect((await app.inject('/api/waitlist/status')).statusCode).toBe(401)
    const reply = await app.inject({ url: '/api/waitlist/status', headers: asAdmin })
    expect(reply.json()).toEqual({
      status: 'degraded',
      service: 'waitlist',
      inbox: { waiting: 0, set_aside: 1 },
      mail: { state: 'off', waiting: 0, dead: 0 },
    })
  })
})
