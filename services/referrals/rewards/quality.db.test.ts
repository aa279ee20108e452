import { identifyBy } from '@vobee/shared/auth/callers'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { emailOf, inSeconds, joiner, publisher } from '../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(db.empty)

const publish = publisher(db, () => app)
const path = (email: string) => `/api/referrals/${encodeURIComponent(email)}/quality`
const get = (url: string) => app.inject({ url, headers: asAdmin })
const quality = async () => (await get(path(emailOf('user')))).json()

const share = (recipient: string) =>
  app.inject({
    method: 'POST',
    url: '/api/referrals/share',
    headers: asAdmin,
    payload: { inviter_email: emailOf('user'), recipient_email: emailOf(recipient) },
  })

const friend = (i: number, day: number, confirmed = true) =>
  joiner(`friend${i}`, { by: 'user', at: inSeconds(-day * 86_400 - 60), confirmed })

/** Gives `user` one counted referral for each age in days. */
const refer = (...days: number[]) =>
  publish('waitlist.joined', {
    entries: [
      joiner('user', { at: inSeconds(-90 * 86_400) }),
      ...days.map((day, i) => friend(i, day)),
    ],
  })

const first3 = { type: 'invite_codes', amount: 3, reason: 'First 3 referrals' }
const bonus = { type: 'quality_bonus', amount: 2, reason: 'High quality referrals' }

describe('referral quality', () => {
  test('the documented example, with the bonus that the rule adds to it', async () => {
    await refer(3, 4, 5, 7, 8)
    const reply = await get(path(emailOf('user')))
    expect(reply.statusCode).toBe(200)
    // The example shows the first reward alone; 0.82 of 5 earns the quality bonus by the rule.
    expect(reply.json()).toEqual({
      referred_count: 5,
      quality_score: 0.82,
      rewards: [first3, bonus],
    })
  })

  test('the example to the letter, where two of the five have not counted yet', async () => {
    const days = [3, 4, 5, 7, 8]
    await publish('waitlist.joined', {
      entries: [joiner('user'), ...days.map((day, i) => friend(i, day, i < 3))],
    })
    expect(await quality()).toEqual({
      referred_count: 5,
      quality_score: 0.82,
      rewards: [first3],
    })
  })

  test('an unknown person has no referrals', async () => {
    const reply = await get(path('stranger@example.com'))
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toEqual({ referred_count: 0, quality_score: 0, rewards: [] })
  })

  test('a valid claim is counted and earns no reward', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await share(name)
    expect(await quality()).toEqual({ referred_count: 5, quality_score: 1, rewards: [] })
  })

  test('an expired claim is not counted, whether or not the job has run', async () => {
    await share('a')
    await db.owner.query(`update referrals.referrals set expires_at = now() - interval '1 second'`)
    expect(await quality()).toEqual({ referred_count: 0, quality_score: 0, rewards: [] })
  })

  test('a referral that does not count earns no reward; a void one is left out', async () => {
    await publish('waitlist.joined', {
      entries: [joiner('user'), ...[0, 0, 0].map((day, i) => friend(i, day, false))],
    })
    await db.owner.query(`update referrals.referrals set fraud_score = 60`)
    await publish('waitlist.confirmed', { entries: [friend(0, 0), friend(1, 0), friend(2, 0)] })
    expect(await quality()).toEqual({ referred_count: 3, quality_score: 1, rewards: [] })
    await db.owner.query(`update referrals.referrals set state = 'void', reason = 'fraud'`)
    expect(await quality()).toEqual({ referred_count: 0, quality_score: 0, rewards: [] })
  })

  test.each([
    [[15], 0.5],
    [[0, 6, 12], 0.8],
    [[3, 3, 3, 0], 0.93],
    [[0, 30], 1],
    [[29], 0.03],
  ])('referrals that are %j days old have the score %d', async (days, score) => {
    await refer(...days)
    expect(await quality()).toMatchObject({ quality_score: score })
  })

  test('old referrals count for rewards, but not for the score', async () => {
    await refer(30, 45, 60)
    expect(await quality()).toEqual({ referred_count: 3, quality_score: 0, rewards: [first3] })
  })

  test('the score is at most 1 and counts whole days', async () => {
    await publish('waitlist.joined', {
      entries: [joiner('user'), joiner('friend', { by: 'user', at: inSeconds(3_600) })],
    })
    expect(await quality()).toMatchObject({ quality_score: 1 })
    await db.owner.query(
      `update referrals.referrals set created_at = now() - interval '2 days 23 hours'`,
    )
    expect(await quality()).toMatchObject({ quality_score: 0.93 })
  })

  test('rewards accumulate up to the month of premium', async () => {
    await refer(...Array.from({ length: 25 }, () => 20))
    expect((await quality()).rewards).toEqual([
      first3,
      { type: 'invite_codes', amount: 5, reason: '10 referrals milestone' },
      { type: 'premium', duration: '1 month', reason: '25 referrals milestone' },
    ])
  })

  test('any spelling of the address finds the person', async () => {
    await refer(0)
    const reply = await get(path(' USER+tag@Example.com '))
    expect(reply.json()).toMatchObject({ referred_count: 1 })
  })

  test('the path also works with the prefix /api/referral', async () => {
    await refer(0)
    const reply = await get(`/api/referral/${emailOf('user')}/quality`)
    expect(reply.json()).toMatchObject({ referred_count: 1 })
  })

  test('an error does not repeat the address in the path', async () => {
    const reply = await get(path('no address'))
    expect(reply.statusCode).toBe(400)
    expect(reply.json().errors).toEqual([
      { path: 'params.email', message: 'must be an e-mail address' },
    ])
    expect(reply.body).not.toContain('no address')
  })

  test('a visitor gets 401, a write-only key gets 403', async () => {
    const writing = 'a-key-that-may-write-referrals-only'
    const other = buildApp(
      testSettings(ReferralsSettings, db.urls.referrals),
      identifyBy([{ name: 'writer', secret: writing, scopes: ['referrals:write'] }]),
    )
    const url = path(emailOf('user'))
    const headers = { authorization: `Bearer ${writing}` }
    const statuses = [
      (await other.inject({ url })).statusCode,
      (await other.inject({ url, headers })).statusCode,
    ]
    await other.close()
    expect(statuses).toEqual([401, 403])
  })
})
