import { useDatabase } from '@vobee/testing/database'
import { testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { type Headers, paymentsOf, session } from '../testing/payments.ts'
import { emailOf, joiner } from '../testing/people.ts'
import {
  STANDARD_SECRET,
  STRIPE_SECRET,
  signStandard,
  signStripe,
  stripeEvent,
} from '../testing/webhooks.ts'

const db = useDatabase()
const ROTATED = `${STRIPE_SECRET}0`
const ROTATED_STANDARD = `whsec_${Buffer.alloc(24, 2).toString('base64')}`
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
let app: FastifyInstance

const build = (env: NodeJS.ProcessEnv) =>
  buildApp(testSettings(ReferralsSettings, db.urls.referrals, env))

beforeAll(() => {
  app = build({
    CONVERSION_WEBHOOK_SECRET: `${ROTATED_STANDARD}, ${STANDARD_SECRET}`,
    STRIPE_WEBHOOK_SECRET: `${ROTATED}, ${STRIPE_SECRET}`,
  })
})
afterAll(() => app.close())
beforeEach(db.empty)

const { join, send, sendStripe, sendStandard, count, referralOf, countPremium, isPaid } =
  paymentsOf(db, () => app)

const conversion = (data: object, more: object = {}) =>
  JSON.stringify({ type: 'conversion', ...more, data })

describe('a signed webhook', () => {
  test('of Stripe converts the referral of the customer', async () => {
    await join(joiner('alice'), joiner('bob', { by: 'alice' }))
    const created = Math.floor(Date.now() / 1000) - 60
    const event = stripeEvent({ customer_details: { email: 'BOB+x@Example.com' } }, { created })
    expect(await sendStripe(event)).toEqual([200, 'recorded'])
    const at = new Date(created * 1000)
    expect(await referralOf('bob')).toMatchObject({
      status: 'converted',
      converted_at: at,
      paid_at: at,
    })
  })

  test('by Standard Webhooks does the same', async () => {
    const bob = joiner('bob', { by: 'alice' })
    await join(joiner('alice'), bob)
    const paidAt = new Date(Date.now() - 29 * DAY_MS)
    const timestamp = new Date(paidAt.getTime() + HOUR_MS).toISOString().replace('Z', '+01:00')
    const body = conversion({ user_id: bob.id }, { timestamp })
    expect(await sendStandard(body)).toEqual([200, 'recorded'])
    expect(await referralOf('bob')).toMatchObject({
      status: 'converted',
      paid_at: paidAt,
    })
  })

  test('has its effect once for each event, and replays change nothing', async () => {
    await join(joiner('alice'), joiner('bob', { by: 'alice' }))
    const event = session('bob')
    expect(await sendStripe(event)).toEqual([200, 'recorded'])
    await db.owner.query('update referrals.referrals set paid_at = null')
    await db.owner.query('delete from referrals.payments')
    expect(await sendStripe(event)).toEqual([200, 'repeated'])
    expect(await sendStripe(event, { secondsAgo: 100 })).toEqual([200, 'repeated'])
    const body = conversion({ email: emailOf('bob') })
    expect(await sendStandard(body, { id: event.id })).toEqual([200, 'recorded'])
    expect(await sendStandard(body, { id: event.id })).toEqual([200, 'repeated'])
    expect(await isPaid('bob')).toBe(true)
    expect(await countPremium()).toBe(1)
  })

  test('that arrives in 8 copies at once has its effect once', async () => {
    await join(joiner('alice'), joiner('bob', { by: 'alice' }))
    const event = session('bob')
    const replies = await Promise.all(Array.from({ length: 8 }, () => sendStripe(event)))
    const outcomes = replies.map(([, outcome]) => outcome).sort()
    expect(outcomes).toEqual(['recorded', ...Array(7).fill('repeated')])
  })

  test('is accepted with either of two secrets', async () => {
    expect(await sendStripe(session('bob'), { secret: ROTATED })).toEqual([200, 'stored'])
    const body = conversion({ email: emailOf('bob') })
    expect(await sendStandard(body, { secret: ROTATED_STANDARD })).toEqual([200, 'stored'])
  })

  test('of another type, of nothing paid and of nobody is ignored', async () => {
    const paid = (object: object, type?: string) => stripeEvent(object, type ? { type } : {})
    const customer_email = emailOf('bob')
    for (const event of [
      paid({ customer_email }, 'customer.created'),
      paid({ customer_email }, '__proto__'),
      paid({ customer_email, payment_status: 'unpaid' }),
      paid({ customer_email, amount_paid: 0 }, 'invoice.paid'),
      paid({}),
      paid({ customer_email: 'none', client_reference_id: ' ' }),
    ])
      expect(await sendStripe(event)).toEqual([200, 'ignored'])
    const other = JSON.stringify({ type: 'user.created', timestamp: 1, data: { email: 1 } })
    expect(await sendStandard(other)).toEqual([200, 'ignored'])
    expect([await count('payments'), await count('webhook_events')]).toEqual([0, 0])
  })

  test('names the user by reference, metadata or address, in this order', async () => {
    const [bob, carol] = [joiner('bob', { by: 'alice' }), joiner('carol', { by: 'alice' })]
    await join(joiner('alice'), bob, carol, joiner('dave', { by: 'alice' }))
    const customer_email = emailOf('dave')
    await sendStripe(stripeEvent({ client_reference_id: bob.id, customer_email }))
    expect(await Promise.all(['bob', 'carol', 'dave'].map(isPaid))).toEqual([true, false, false])
    const metadata = { user_id: carol.id }
    await sendStripe(stripeEvent({ client_reference_id: 'cart-1', metadata, customer_email }))
    expect(await Promise.all(['carol', 'dave'].map(isPaid))).toEqual([true, false])
    const nobody = { client_reference_id: 'cart-1', customer_email }
    expect(await sendStripe(stripeEvent(nobody))).toEqual([200, 'recorded'])
    expect(await isPaid('dave')).toBe(true)
  })

  test('of a paid invoice names the user in the metadata of its subscription', async () => {
    const bob = joiner('bob', { by: 'alice' })
    await join(joiner('alice'), bob)
    const parent = { subscription_details: { metadata: { user_id: bob.id } } }
    const event = stripeEvent({ parent, amount_paid: 500 }, { type: 'invoice.paid' })
    expect(await sendStripe(event)).toEqual([200, 'recorded'])
    expect(await isPaid('bob')).toBe(true)
  })

  test('of an unknown user without an address is rejected, and succeeds later', async () => {
    const bob = joiner('bob', { by: 'alice' })
    const event = stripeEvent({ client_reference_id: bob.id })
    expect(await sendStripe(event)).toEqual([404, 'unknown_user'])
    await join(joiner('alice'), bob)
    expect(await sendStripe(event)).toEqual([200, 'recorded'])
  })

  test('stores no address', async () => {
    await sendStripe(session('bob'))
    const { rows } = await db.owner.query(
      'select p::text as row from referrals.payments p union all select e::text from referrals.webhook_events e',
    )
    expect(rows).toHaveLength(2)
    expect(JSON.stringify(rows)).not.toMatch(/bob|@|evt_/)
  })
})

describe('a webhook is rejected', () => {
  const body = JSON.stringify(session('bob'))
  const standard = conversion({ email: emailOf('bob') })

  test.each<[string, string | Buffer, Headers, number, string]>([
    ['unsigned', body, { 'content-type': 'application/json' }, 401, 'webhook_signature_invalid'],
    ['empty and unsigned', '', {}, 401, 'webhook_signature_invalid'],
    [
      'with another secret',
      body,
      signStripe(body, { secret: `${STRIPE_SECRET}1` }),
      401,
      'webhook_signature_invalid',
    ],
    ['with one byte changed', `${body} `, signStripe(body), 401, 'webhook_signature_invalid'],
    [
      'signed for another scheme',
      standard,
      signStandard(standard, { secret: STRIPE_SECRET }),
      401,
      'webhook_signature_invalid',
    ],
    [
      'without an id',
      standard,
      signStandard(standard, { id: '' }),
      401,
      'webhook_signature_invalid',
    ],
    ['too late', body, signStripe(body, { secondsAgo: 310 }), 401, 'webhook_expired'],
    ['too early', standard, signStandard(standard, { secondsAgo: -310 }), 401, 'webhook_expired'],
    ['with malformed JSON', '{"type":', signStripe('{"type":'), 400, 'malformed_json'],
    [
      'with text that is not UTF-8',
      Buffer.from('{"type":"\xff"}', 'latin1'),
      signStripe(Buffer.from('{"type":"\xff"}', 'latin1')),
      400,
      'malformed_json',
    ],
    ['with a list', '[]', signStripe('[]'), 400, 'invalid_input'],
  ])('%s', async (_, payload, headers, status, code) => {
    expect(await send(payload, headers)).toEqual([status, code])
    expect([await count('payments'), await count('webhook_events')]).toEqual([0, 0])
  })

  test.each([{ email: 'none' }, {}, { user_id: 'a\0b' }, { user_id: 'x'.repeat(256) }])(
    'with the data %j',
    async (data) => {
      expect(await sendStandard(conversion(data))).toEqual([400, 'invalid_input'])
    },
  )

  test('with an impossible time', async () => {
    expect(await sendStripe({ ...session('bob'), created: -1 })).toEqual([400, 'invalid_input'])
    expect(await sendStripe({ ...session('bob'), id: undefined })).toEqual([400, 'invalid_input'])
  })

  const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString()

  test.each([
    ['of 1970', '1970-01-01T00:00:00Z', 'must be within the last 30 days'],
    ['of 31 days ago', inDays(-31), 'must be within the last 30 days'],
    ['in two days', inDays(2), 'must be at most a day in the future'],
  ])('with a payment %s, by Standard Webhooks', async (_, timestamp, message) => {
    const payload = conversion({ email: emailOf('bob') }, { timestamp })
    const url = '/api/referrals/conversions/webhook'
    const headers = signStandard(payload)
    const reply = await app.inject({ method: 'POST', url, payload, headers })
    expect([reply.statusCode, reply.json()]).toMatchObject([
      400,
      { code: 'invalid_input', errors: [{ path: 'timestamp', message }] },
    ])
    expect([await count('payments'), await count('webhook_events')]).toEqual([0, 0])
  })

  test('where its secret is not set', async () => {
    const off = build({ STRIPE_WEBHOOK_SECRET: STRIPE_SECRET })
    const none = build({})
    expect(await send(body, signStripe(body), off)).toEqual([200, 'stored'])
    expect(await send(standard, signStandard(standard), off)).toEqual([404, 'webhook_off'])
    expect(await send(body, signStripe(body), none)).toEqual([404, 'webhook_off'])
    expect(await send(body, {}, none)).toEqual([415, 'unsupported_media_type'])
    await Promise.all([off.close(), none.close()])
  })
})
