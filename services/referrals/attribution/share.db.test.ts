import { identifyBy } from '@vobee/shared/auth/callers'
import { untilAccepted } from '@vobee/testing/busy'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { emailOf, inSeconds, joiner, publisher, referralsOf } from '../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals, { SHARES_PER_DAY: '5' }))
})
afterAll(() => app.close())
beforeEach(db.empty)

const publish = publisher(db, () => app)

const post = (payload: object, headers: Record<string, string> = asAdmin) =>
  app.inject({ method: 'POST', url: '/api/referrals/share', headers, payload })

const share = (inviter: string, recipient: string) =>
  post({ inviter_email: emailOf(inviter), recipient_email: emailOf(recipient) })

const age = (days: number) =>
  db.owner.query(
    `update referrals.referrals set
       created_at = created_at - make_interval(days => $1),
       expires_at = expires_at - make_interval(days => $1)`,
    [days],
  )

describe('sharing', () => {
  test('the documented request gets the documented reply and creates a claim for 30 days', async () => {
    const reply = await share('user', 'friend')
    expect(reply.statusCode).toBe(201)
    expect(reply.json()).toEqual({
      status: 'success',
      referral_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      message: 'Referral tracked successfully',
    })
    const { rows } = await db.owner.query(
      `select id, state, source, expires_at - created_at = interval '30 days' as for_30_days
       from referrals.referrals`,
    )
    expect(rows).toEqual([
      { id: reply.json().referral_id, state: 'claimed', source: 'share', for_30_days: true },
    ])
  })

  test('stores no address', async () => {
    await share('user', 'friend')
    const { rows } = await db.owner.query('select member::text from referrals.members as member')
    expect(rows).toHaveLength(2)
    expect(JSON.stringify(rows)).not.toContain('@')
  })

  test('the same pair in any spelling is one referral', async () => {
    const first = await share('user', 'friend')
    const again = await post({
      inviter_email: ' User+launch@EXAMPLE.com ',
      recipient_email: 'friend+tag@example.com',
    })
    expect(again.json()).toEqual(first.json())
    const { rows } = await db.owner.query('select created_at from referrals.referrals')
    expect(rows).toHaveLength(1)
  })

  test('the same pair 64 times at once is one referral with one id', async () => {
    const replies = await Promise.all(
      Array.from({ length: 64 }, () => untilAccepted(() => share('user', 'friend'))),
    )
    expect(replies.map((reply) => reply.statusCode)).toEqual(Array(64).fill(201))
    expect(new Set(replies.map((reply) => reply.json().referral_id)).size).toBe(1)
  })

  test('two members who share with each other at once do not deadlock', async () => {
    const replies = await Promise.all(
      Array.from({ length: 32 }, (_, i) =>
        untilAccepted(() => (i % 2 ? share('user', 'friend') : share('friend', 'user'))),
      ),
    )
    expect(new Set(replies.map((reply) => reply.statusCode))).toEqual(new Set([201]))
  })

  test('the reply does not reveal whether the recipient is known or who referred them', async () => {
    await publish('waitlist.joined', {
      entries: [
        joiner('alice', { at: inSeconds(-60) }),
        joiner('known', { by: 'alice', at: inSeconds(-30) }),
      ],
    })
    const [known, unknown] = [await share('user', 'known'), await share('user', 'unknown')]
    expect(known.statusCode).toBe(unknown.statusCode)
    expect({ ...known.json(), referral_id: '' }).toEqual({ ...unknown.json(), referral_id: '' })
    expect(await referralsOf(db, ['user', 'known', 'unknown'])).toEqual(
      expect.arrayContaining([
        'user → known share claimed pending',
        'user → unknown share claimed pending',
      ]),
    )
  })

  test('a member cannot share with themselves, in any spelling of the address', async () => {
    const reply = await post({
      inviter_email: 'user@gmail.com',
      recipient_email: 'U.S.E.R+me@googlemail.com',
    })
    expect(reply.statusCode).toBe(409)
    expect(reply.json()).toMatchObject({ code: 'self_referral' })
    const { rowCount } = await db.owner.query('select from referrals.members')
    expect(rowCount).toBe(0)
  })

  test('an expired claim is renewed under its id', async () => {
    const first = await share('user', 'friend')
    await age(31)
    await db.owner.query(`update referrals.referrals set status = 'expired'`)
    expect((await share('user', 'friend')).json()).toEqual(first.json())
    const { rows } = await db.owner.query(
      'select status, expires_at > now() as is_valid from referrals.referrals',
    )
    expect(rows).toEqual([{ status: 'pending', is_valid: true }])
  })
})

describe('the daily limit', () => {
  test('holds for 64 shares at once, and Retry-After says when the next is possible', async () => {
    const replies = await Promise.all(
      Array.from({ length: 64 }, (_, i) => untilAccepted(() => share('user', `friend${i}`))),
    )
    const accepted = replies.filter((reply) => reply.statusCode === 201)
    const rejected = replies.filter((reply) => reply.statusCode === 429)
    expect([accepted.length, rejected.length]).toEqual([5, 59])
    expect(rejected[0]?.json()).toMatchObject({ code: 'too_many_shares' })
    const seconds = Number(rejected[0]?.headers['retry-after'])
    expect(seconds).toBeGreaterThan(86_000)
    expect(seconds).toBeLessThanOrEqual(86_400)
  })

  test('applies per member, allows a repeated pair, and ends after a day', async () => {
    for (let i = 0; i < 5; i++) await share('user', `friend${i}`)
    expect((await share('user', 'friend5')).statusCode).toBe(429)
    expect((await share('user', 'friend0')).statusCode).toBe(201)
    expect((await share('other', 'friend5')).statusCode).toBe(201)
    await age(1)
    expect((await share('user', 'friend5')).statusCode).toBe(201)
  })

  test('applies to the renewal of an expired claim', async () => {
    await share('user', 'old')
    await age(31)
    for (let i = 0; i < 5; i++) await share('user', `friend${i}`)
    expect((await share('user', 'old')).statusCode).toBe(429)
  })
})

describe('bad input', () => {
  test('every error of a body is reported at once', async () => {
    const reply = await post({ inviter_email: 'nobody', colour: 'red' })
    expect(reply.statusCode).toBe(400)
    expect(reply.headers['content-type']).toBe('application/problem+json')
    const paths = reply.json().errors.map((error: { path: string }) => error.path)
    expect(paths.sort()).toEqual(['colour', 'inviter_email', 'recipient_email'])
  })

  test('a visitor and a wrong key get 401, a read-only key gets 403', async () => {
    const secret = 'a-key-that-may-read-referrals-only'
    const other = buildApp(
      testSettings(ReferralsSettings, db.urls.referrals),
      identifyBy([{ name: 'reader', secret: secret, scopes: ['referrals:read'] }]),
    )
    const body = { inviter_email: emailOf('user'), recipient_email: emailOf('friend') }
    const call = (headers: Record<string, string>) =>
      other.inject({ method: 'POST', url: '/api/referrals/share', headers, payload: body })
    const [none, wrong, short] = [
      await call({}),
      await call({ authorization: 'Bearer wrong' }),
      await call({ authorization: `Bearer ${secret}` }),
    ]
    await other.close()
    expect([none.statusCode, wrong.statusCode, short.statusCode]).toEqual([401, 401, 403])
    expect(none.headers['www-authenticate']).toBe('Bearer')
  })
})
