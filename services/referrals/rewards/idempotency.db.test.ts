// Repeated requests with an Idempotency-Key, and what they log.
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { emailOf, joiner, publishedTo, publisher } from '../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals, { SHARES_PER_DAY: '1' }))
})
afterAll(() => app.close())
beforeEach(db.empty)

const publish = publisher(db, () => app)

const post = (url: string, payload: object, key: string) =>
  app.inject({ method: 'POST', url, headers: { ...asAdmin, 'idempotency-key': key }, payload })

const share = (recipient: string, key: string, prefix = '/api/referrals') =>
  post(
    `${prefix}/share`,
    { inviter_email: emailOf('user'), recipient_email: emailOf(recipient) },
    key,
  )
const earn = (key: string, more: object = {}) =>
  post('/api/referrals/earn', { user_email: emailOf('user'), ...more }, key)

const actions = async () =>
  (await db.owner.query('select act, subject, reason, details from referrals.audit order by id'))
    .rows

test('a repeated share returns the same referral, by either spelling of the path', async () => {
  const first = await share('friend', 'k')
  const again = await share('friend', 'k', '/api/referral')
  expect([first.statusCode, again.body]).toEqual([201, first.body])
  expect(again.headers['idempotent-replayed']).toBe('true')
  expect(await actions()).toEqual([
    { act: 'referrals.shared', subject: first.json().referral_id, reason: null, details: {} },
  ])
})

test('a share over the daily limit is rejected and leaves no record', async () => {
  await share('friend', 'k1')
  for (let i = 0; i < 2; i++) {
    const reply = await share('another', 'k2')
    expect([reply.statusCode, reply.headers['retry-after']]).toEqual([
      429,
      expect.stringMatching(/^\d+$/),
    ])
  }
})

test('members who share with each other at once, each with a key, do not deadlock', async () => {
  const shareWithEachOther = (n: number) =>
    post(
      '/api/referrals/share',
      n % 2
        ? { inviter_email: emailOf('a'), recipient_email: emailOf('b') }
        : { inviter_email: emailOf('b'), recipient_email: emailOf('a') },
      `k${n}`,
    )
  const replies = await Promise.all(Array.from({ length: 32 }, (_, n) => shareWithEachOther(n)))
  expect(replies.map((reply) => reply.statusCode)).toEqual(Array(32).fill(201))
})

test('a repeated earn returns the first reply; a new key returns the current one', async () => {
  const refer = (name: string) =>
    publish('waitlist.joined', { entries: [joiner('user'), joiner(name, { by: 'user' })] })
  await refer('one')
  const first = await earn('k')
  expect(first.json().codes_available).toBe(1)
  for (const name of ['two', 'three']) await refer(name)
  expect((await earn('k')).json()).toEqual(first.json())
  expect((await earn('other')).json().codes_available).toBe(3)
  expect(await publishedTo(db, 'invites', 'referrals.earned')).toHaveLength(2)
})

test('an override of the gate is logged with its reason', async () => {
  await db.owner.query(`select referrals.set_gate(false, '{hand}', now())`)
  await publish('waitlist.joined', { entries: [joiner('user'), joiner('one', { by: 'user' })] })
  expect((await earn('k')).statusCode).toBe(423)
  expect(await actions()).toEqual([])
  await earn('k', { override_gate: true, reason: 'promised' })
  expect(await actions()).toEqual([
    {
      act: 'referrals.earned',
      subject: expect.any(String),
      reason: 'promised',
      details: expect.objectContaining({ codes: 1, gate_overridden: true }),
    },
  ])
  await db.owner.query(`select referrals.set_gate(true, '{}', now())`)
})
