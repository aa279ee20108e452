import { randomUUID } from 'node:crypto'
import { transaction } from '@vobee/shared/data/database'
import { personKeys } from '@vobee/shared/privacy/email'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, PERSON_KEY_SECRET, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from './app.ts'
import { WaitlistSettings } from './config.ts'
import { applyCredits } from './line/credits.ts'
import { leave } from './members/leave.ts'

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

type Revised = { ids?: string[]; revision?: number }

const publishReferrals = (event: string, email: string, { ids, revision }: Revised) =>
  publish(event, {
    referrals: (ids ?? [randomUUID()]).map((referral_id) => ({
      referral_id,
      ...(revision === undefined ? {} : { revision }),
      referrer: personKey(email),
      person: 'friend',
      at: new Date().toISOString(),
    })),
  })
const credit = (email: string, ids?: string[], revision?: number) =>
  publishReferrals('referrals.credited', email, {
    ...(ids && { ids }),
    ...(revision && { revision }),
  })
const voidCredit = (email: string, ids: string[], revision: number) =>
  publishReferrals('referrals.voided', email, { ids, revision })

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

describe('a referral that counts no longer', () => {
  test('takes 5 from the score of the referrer, whose other referrals still count', async () => {
    const ids = [randomUUID(), randomUUID()]
    await join(ada)
    await credit(ada, ids)
    await consumeAll()
    await voidCredit(ada, ids.slice(0, 1), 2)
    await consumeAll()
    expect(await entry(ada)).toEqual({ score: 10, credits: 1, status: 'waiting' })
  })

  test.each(['invited', 'redeemed', 'removed'])(
    'takes it from a member who is %s',
    async (status) => {
      const ids = [randomUUID()]
      await join(ada)
      await credit(ada, ids)
      await consumeAll()
      await db.owner.query('update waitlist.entries set status = $1', [status])
      await voidCredit(ada, ids, 2)
      await consumeAll()
      expect(await entry(ada)).toEqual({ score: 5, credits: 0, status })
    },
  )

  const first = { counts: true, revision: 1 }
  const second = { counts: false, revision: 2 }
  const third = { counts: true, revision: 3 }
  test.each([
    { events: [second, first], credits: 0 },
    { events: [first, second, first, second], credits: 0 },
    { events: [first, third, second], credits: 1 },
    { events: [third, second, first], credits: 1 },
    { events: [second, third, first, second], credits: 1 },
  ])('the highest revision decides, in any order: $events', async ({ events, credits }) => {
    const ids = [randomUUID()]
    await join(ada)
    // In batches of one event, and all in one batch.
    for (const consume of [consumeAll, () => Promise.resolve()]) {
      await db.owner.query('delete from waitlist.credits')
      await db.owner.query('update waitlist.entries set credits = 0, score = 5')
      for (const { counts, revision } of events) {
        await (counts ? credit : voidCredit)(ada, ids, revision)
        await consume()
      }
      await consumeAll()
      expect(await entry(ada)).toMatchObject({ score: 5 + 5 * credits, credits })
    }
  })

  test('adds nothing to an owner who joins later', async () => {
    const ids = [randomUUID(), randomUUID()]
    await credit(ada, ids)
    await voidCredit(ada, ids.slice(0, 1), 2)
    await consumeAll()
    await join(ada)
    await applyCredits(app.database)
    expect(await entry(ada)).toMatchObject({ score: 10, credits: 1 })
  })

  test('takes nothing from a new entry of a member who left', async () => {
    const ids = [randomUUID()]
    await join(ada)
    await credit(ada, ids, 1)
    await consumeAll()
    await transaction(app.database, (connection) => leave(connection, personKey(ada)))
    await join(ada)
    await voidCredit(ada, ids, 2)
    await consumeAll()
    await applyCredits(app.database)
    expect(await entry(ada)).toMatchObject({ score: 5, credits: 0 })
  })

  test('adds nothing to a new entry of a member who left, if the credit arrives last', async () => {
    const ids = [randomUUID()]
    await join(ada)
    await voidCredit(ada, ids, 2)
    await consumeAll()
    await transaction(app.database, (connection) => leave(connection, personKey(ada)))
    await join(ada)
    await credit(ada, ids, 1)
    await consumeAll()
    expect(await entry(ada)).toMatchObject({ score: 5, credits: 0 })
  })

  test('takes it from the person who got it when the referrer has another key by now', async () => {
    const ids = [randomUUID()]
    await join(ada)
    await credit(ada, ids)
    await consumeAll()
    await voidCredit('ada@new.example.com', ids, 2)
    await consumeAll()
    expect(await entry(ada)).toMatchObject({ score: 5, credits: 0 })
  })

  test('leaves 50 points to a member with more referrals than points', async () => {
    const ids = Array.from({ length: 12 }, randomUUID)
    await join(ada)
    await credit(ada, ids)
    await voidCredit(ada, ids.slice(0, 2), 2)
    await consumeAll()
    expect(await entry(ada)).toMatchObject({ score: 55, credits: 10 })
    await voidCredit(ada, ids, 3)
    await consumeAll()
    expect(await entry(ada)).toMatchObject({ score: 5, credits: 0 })
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
