import { randomUUID } from 'node:crypto'
import { useDatabase } from '@vobee/testing/database'
import { testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { cleanUp } from '../jobs.ts'
import { lockAttribution } from '../members/attribution-lock.ts'
import { paymentsOf, session } from '../testing/payments.ts'
import { emailOf, inSeconds, joiner, personOf, use } from '../testing/people.ts'
import { STRIPE_SECRET } from '../testing/webhooks.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  const env = { STRIPE_WEBHOOK_SECRET: STRIPE_SECRET }
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals, env))
})
afterAll(() => app.close())
beforeEach(db.empty)

const { join, publish, sendStripe, convert, count, referralOf, countPremium, isPaid } = paymentsOf(
  db,
  () => app,
)

describe('a payment', () => {
  test('before the join is stored for 30 days and applied at the join', async () => {
    expect(await sendStripe(session('bob'))).toEqual([200, 'stored'])
    await join(joiner('alice'), joiner('bob', { by: 'alice' }))
    expect(await referralOf('bob')).toMatchObject({ status: 'converted' })
    expect(await isPaid('bob')).toBe(true)
    expect(await countPremium()).toBe(1)
  })

  test('after the redemption is what earns free premium', async () => {
    await join(joiner('alice'), joiner('bob', { by: 'alice' }))
    await publish('invites.used', { uses: [use('bob', { at: inSeconds(-60) })] })
    expect(await referralOf('bob')).toMatchObject({ status: 'converted', paid_at: null })
    expect(await countPremium()).toBe(0)
    await sendStripe(session('bob'))
    expect(await countPremium()).toBe(1)
  })

  test('is forgotten after 30 days without a referral', async () => {
    await sendStripe(session('bob'))
    await db.owner.query(`update referrals.payments set recorded_at = now() - interval '30 days'`)
    await join(joiner('alice'), joiner('bob', { by: 'alice' }))
    expect(await isPaid('bob')).toBe(false)
    await sendStripe(session('bob'))
    expect(await isPaid('bob')).toBe(true)
  })

  test('that is the earliest decides, in any order, and a redemption before it converts', async () => {
    const [first, second] = [1_700_000_000, 1_700_000_900]
    const redeemed = new Date(1_700_000_500_000)
    await join(joiner('alice'), joiner('bob', { by: 'alice' }))
    const pay = (created: number) => sendStripe({ ...session('bob'), created })
    await pay(second)
    await publish('invites.used', { uses: [use('bob', { at: redeemed.toISOString() })] })
    const paid_at = new Date(second * 1000)
    expect(await countPremium()).toBe(1)
    expect(await referralOf('bob')).toMatchObject({ converted_at: redeemed, paid_at })
    await pay(first)
    const earliest = new Date(first * 1000)
    expect(await referralOf('bob')).toMatchObject({ converted_at: earliest, paid_at: earliest })
    await pay(second)
    expect(await referralOf('bob')).toMatchObject({ paid_at: earliest })
  })

  test('in the future counts as now', async () => {
    await join(joiner('alice'), joiner('bob', { by: 'alice' }))
    await sendStripe({ ...session('bob'), created: Math.floor(Date.now() / 1000) + 86_400 })
    expect((await referralOf('bob')).paid_at.getTime()).toBeLessThan(Date.now() + 60_000)
  })

  test('of a void referral converts it when a reviewer restores it', async () => {
    const bob = joiner('bob', { by: 'alice' })
    await join(joiner('alice'), bob)
    const block = (at: string) => db.owner.query(`update referrals.members set blocked_at = ${at}`)
    const refresh = () => publish('waitlist.confirmed', { entries: [joiner('bob')] })
    await block('now()')
    await refresh()
    expect(await convert(bob.id)).toEqual({
      status: 202,
      message: 'Payment stored. The referral of this user is void and does not convert',
      referralId: (await referralOf('bob')).id,
    })
    expect(await referralOf('bob')).toMatchObject({ status: 'pending', converted_at: null })
    await block('null')
    await refresh()
    expect(await referralOf('bob')).toMatchObject({ status: 'converted' })
  })

  test('of a held referral converts it, and earns when a reviewer approves it', async () => {
    await join(joiner('alice'), joiner('bob', { by: 'alice' }))
    await db.owner.query('update referrals.referrals set fraud_score = 80')
    await sendStripe(session('bob'))
    expect(await referralOf('bob')).toMatchObject({ status: 'converted' })
    expect(await countPremium()).toBe(0)
    await db.owner.query(`update referrals.referrals set decision = 'approved'`)
    await publish('waitlist.confirmed', { entries: [joiner('bob')] })
    expect(await countPremium()).toBe(1)
  })

  test('is deleted after 30 days, as events are', async () => {
    await sendStripe(session('bob'))
    await sendStripe(session('carol'))
    const age = (table: string, column: string) =>
      db.owner.query(
        `update referrals.${table} set ${column} = now() - interval '31 days'
         where ctid = (select min(ctid) from referrals.${table})`,
      )
    await age('payments', 'recorded_at')
    await age('webhook_events', 'received_at')
    for (const { run } of cleanUp(app.database)) await run()
    expect([await count('payments'), await count('webhook_events')]).toEqual([1, 1])
  })
})

describe('POST /convert', () => {
  const audit = async () =>
    (await db.owner.query('select act, subject, details from referrals.audit order by id')).rows

  test('converts once, by any id of the user, and logs it once', async () => {
    const bob = joiner('bob', { by: 'alice' })
    await join(joiner('alice'), bob)
    const person = personOf(emailOf('bob'))
    const { rows } = await db.owner.query(
      `update referrals.members set host_user_id = 'user-7' where person = $1 returning id`,
      [person],
    )
    const { id: referralId } = await referralOf('bob')
    const reply = { status: 200, message: 'Referral converted successfully', referralId }
    expect(await convert(bob.id)).toEqual(reply)
    const { paid_at } = await referralOf('bob')
    for (const id of [rows[0].id, 'user-7', bob.id]) expect(await convert(id)).toEqual(reply)
    expect(await referralOf('bob')).toMatchObject({ status: 'converted', paid_at })
    expect(await audit()).toEqual([
      {
        act: 'referrals.converted',
        subject: rows[0].id,
        details: { referral_id: referralId },
      },
    ])
  })

  test('stores the payment of a user without a referral', async () => {
    const bob = joiner('bob', { by: 'alice' })
    await join(bob)
    const key = { 'idempotency-key': 'k' }
    const reply = {
      status: 202,
      message: 'Payment stored for 30 days. This user has no referral yet',
      referralId: null,
    }
    expect(await convert(bob.id, key)).toEqual(reply)
    expect(await convert(bob.id, key)).toEqual(reply)
    await join(joiner('alice', { at: inSeconds(-9) }))
    expect(await referralOf('bob')).toMatchObject({ status: 'converted' })
    expect(await isPaid('bob')).toBe(true)
  })

  test.each([randomUUID(), 'nobody', '💥'])('answers 404 for the unknown user %s', async (id) => {
    expect(await convert(id)).toMatchObject({ status: 404, code: 'unknown_user' })
    expect(await count('payments')).toBe(0)
  })

  test.each(['', 'a\0b', 'x'.repeat(256)])('rejects the id %j', async (id) => {
    expect(await convert(id)).toMatchObject({ status: 400, code: 'invalid_input' })
  })
})

test('payments that wait for the others leave connections to everybody else', async () => {
  const bob = joiner('bob')
  await join(joiner('alice'), bob)
  const other = await db.owner.connect()
  await other.query('begin')
  await lockAttribution(other)
  const waiting = Array.from({ length: 40 }, (_, n) =>
    n % 2 ? convert(bob.id) : sendStripe({ ...session('bob'), id: `evt_${n}` }),
  )
  await expect
    .poll(async () => {
      const locks = `select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted`
      return (await db.owner.query(locks)).rows[0].n
    })
    .toBeGreaterThan(0)
  const { statusCode } = await app.inject({ url: '/api/referrals/leaderboard' })
  await other.query('rollback')
  other.release()
  await Promise.all(waiting)
  expect(statusCode).toBe(200)
})
