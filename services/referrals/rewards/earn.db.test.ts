import { identifyBy } from '@vobee/shared/auth/callers'
import { untilAccepted } from '@vobee/testing/busy'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import {
  emailOf,
  inSeconds,
  joiner,
  personOf,
  publishedTo,
  publisher,
  use,
} from '../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(db.empty)

const publish = publisher(db, () => app)

const post = (payload: object, headers: Record<string, string> = asAdmin) =>
  app.inject({ method: 'POST', url: '/api/referrals/earn', headers, payload })
const earn = (name = 'user') => post({ user_email: emailOf(name) })

let friends = 0
/** Lets people join with the code of `user`. */
const refer = (count: number) =>
  publish('waitlist.joined', {
    entries: [
      joiner('user'),
      ...Array.from({ length: count }, () => joiner(`friend${friends++}`, { by: 'user' })),
    ],
  })

const grants = () => publishedTo(db, 'invites', 'referrals.earned')
const gate = (open: boolean, reasons: string[] = []) =>
  db.owner.query('select referrals.set_gate($1, $2, now())', [open, reasons])

describe('earning', () => {
  test('one referral earns one code, in the singular', async () => {
    await refer(1)
    expect((await earn()).json()).toEqual({
      earned: true,
      codes_available: 1,
      message: 'You earned 1 invite code',
    })
  })

  test('three referrals are granted without a request, and get the documented reply', async () => {
    const masked = 'u***@e***.com'
    await publish('waitlist.joined', { entries: [joiner('user', { masked })] })
    await refer(3)
    expect(await grants()).toHaveLength(2)
    const reply = await earn()
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toEqual({
      earned: true,
      codes_available: 3,
      message: 'You earned 3 invite codes',
    })
    const person = personOf(emailOf('user'))
    const grant_id = expect.any(String)
    expect(await grants()).toEqual([
      { grant_id, person, masked, codes: 1, reason: 'First referral' },
      { grant_id, person, masked, codes: 2, reason: 'First 3 referrals' },
    ])
  })

  test('a person without referrals has earned nothing, known or not', async () => {
    const nothing = {
      earned: false,
      codes_available: 0,
      message: 'Keep referring to earn codes',
    }
    await refer(0)
    expect((await earn()).json()).toEqual(nothing)
    expect((await earn('stranger')).json()).toEqual(nothing)
    const { rowCount } = await db.owner.query('select from referrals.members')
    expect(rowCount).toBe(1)
  })

  test('each threshold is granted once: 1, then 3 in all, then the bonus, then 5 more', async () => {
    const available = []
    for (const more of [1, 0, 1, 1, 0, 6, 1, 0]) {
      await refer(more)
      available.push((await earn()).json().codes_available)
    }
    expect(available).toEqual([1, 1, 1, 3, 3, 5, 10, 10])
    expect((await grants()).map(({ codes }) => codes)).toEqual([1, 2, 2, 5])
  })

  test('64 requests at once are granted once and get the same reply', async () => {
    await refer(10)
    for (let round = 0; round < 3; round++) {
      await db.owner.query(
        'truncate referrals.reward_entries, referrals.code_recalls, referrals.user_rewards, invites.inbox',
      )
      const replies = await Promise.all(Array.from({ length: 64 }, () => untilAccepted(earn)))
      expect(new Set(replies.map((reply) => reply.body)).size).toBe(1)
      expect(replies[0]?.json()).toMatchObject({ codes_available: 10 })
      expect(await grants()).toHaveLength(4)
      const { rowCount } = await db.owner.query('select from referrals.user_rewards')
      expect(rowCount).toBe(4)
    }
  })

  test('an admin overrides a closed gate for one call, and the ledger stores the reason', async () => {
    await gate(false, ['churn_high'])
    await refer(1)
    const payload = { user_email: emailOf('user'), override_gate: true, reason: 'promised' }
    const referrer = identifyBy([
      { name: 'r', secret: 'r'.repeat(32), scopes: ['referrals:write'] },
    ])
    const plain = buildApp(testSettings(ReferralsSettings, db.urls.referrals), referrer)
    const rejected = await plain.inject({
      method: 'POST',
      url: '/api/referrals/earn',
      headers: { authorization: `Bearer ${'r'.repeat(32)}` },
      payload,
    })
    await plain.close()
    expect(rejected.statusCode).toBe(403)
    expect((await post({ ...payload, reason: undefined })).json().errors[0].path).toBe('reason')
    expect((await post(payload)).json()).toMatchObject({ earned: true, codes_available: 1 })
    const { rows } = await db.owner.query('select reward_value from referrals.user_rewards')
    expect(rows).toEqual([
      { reward_value: { codes: 1, reason: 'First referral', override_reason: 'promised' } },
    ])
  })

  test('held, void and unconfirmed referrals earn nothing', async () => {
    const friends = ['a', 'b', 'c'].map((name) => joiner(name, { by: 'user', confirmed: false }))
    await publish('waitlist.joined', { entries: [joiner('user'), ...friends] })
    const people = friends.map(({ person }) => person)
    await db.owner.query(
      `update referrals.referrals as referral
       set fraud_score = case when person = $1 then 60 else 0 end,
           decision = case when person = $2 then 'voided' end
       from referrals.members as member where member.id = referred_user_id`,
      people.slice(0, 2),
    )
    await publish('waitlist.confirmed', { entries: friends.slice(0, 2) })
    const { rows } = await db.owner.query('select state from referrals.referrals order by state')
    expect(rows.map(({ state }) => state)).toEqual(['held', 'joined', 'void'])
    expect((await earn()).json()).toMatchObject({ earned: false, codes_available: 0 })
  })

  test('a used code is no longer available, counted once however often it is delivered', async () => {
    await refer(3)
    await earn()
    const [first, second] = await grants()
    const uses = [use('a', { grant_id: first.grant_id }), use('b', { grant_id: second.grant_id })]
    await publish('invites.used', { uses: [uses[1] as (typeof uses)[0], use('c')] })
    await publish('invites.used', { uses })
    expect((await earn()).json()).toEqual({
      earned: true,
      codes_available: 1,
      message: 'You earned 3 invite codes',
    })
  })

  test('revoked and expired codes are not available, whatever the order of the events', async () => {
    await refer(3)
    const [first, second] = await grants()
    type State = { is_revoked?: boolean; expires_at?: string | null; version: number }
    const state = (code_id: number, grant_id: string, more: State) => ({
      code_id,
      grant_id,
      is_revoked: false,
      expires_at: inSeconds(60),
      ...more,
    })
    const codes = [
      state(1, first.grant_id, { version: 4, is_revoked: true }),
      state(1, first.grant_id, { version: 1 }),
      state(2, second.grant_id, { version: 2, expires_at: null }),
      state(3, second.grant_id, { version: 3 }),
    ]
    const available = async () => (await earn()).json().codes_available
    await publish('invites.granted_codes', { codes })
    expect(await available()).toBe(2)
    await publish('invites.granted_codes', { codes: codes.slice(1, 3) })
    expect(await available()).toBe(2)
    await publish('invites.used', {
      uses: [use('a', { grant_id: second.grant_id, code_id: 2 })],
    })
    expect(await available()).toBe(1)
    const expired = state(3, second.grant_id, { version: 5, expires_at: inSeconds(-1) })
    await publish('invites.granted_codes', { codes: [expired] })
    expect(await available()).toBe(0)
    expect((await earn()).json().message).toBe('You earned 3 invite codes')
  })

  test('a grant is marked claimed when invites has minted it', async () => {
    await refer(1)
    await earn()
    const minted = async () =>
      (await db.owner.query('select is_claimed, claimed_at from referrals.user_rewards')).rows
    expect(await minted()).toEqual([{ is_claimed: false, claimed_at: null }])
    const made = { batch_id: 'EARNED', count: 1, grants: await grants() }
    const at = inSeconds(0)
    await publish('invites.created', { ...made, at })
    await publish('invites.created', { ...made, at: inSeconds(60) })
    expect(await minted()).toEqual([{ is_claimed: true, claimed_at: new Date(at) }])
  })
})

describe('while the gate is closed', () => {
  test('a due grant is rejected with the reasons of the gate, until it opens', async () => {
    await gate(false, ['churn_high'])
    await refer(3)
    const rejected = await earn()
    expect(rejected.statusCode).toBe(423)
    expect(rejected.json()).toMatchObject({ code: 'invites_paused', reasons: ['churn_high'] })
    expect(await grants()).toEqual([])
    await gate(true)
    expect((await earn()).json()).toMatchObject({ codes_available: 3 })
  })

  test('a member without a due grant gets the usual reply', async () => {
    await refer(3)
    await earn()
    await gate(false, ['churn_high'])
    expect((await earn()).json()).toMatchObject({ earned: true, codes_available: 3 })
    expect((await earn('stranger')).statusCode).toBe(200)
  })

  test('a stale evaluation counts as closed', async () => {
    const settings = { GATE_SILENCE_MINUTES: '0.01' }
    const strict = buildApp(testSettings(ReferralsSettings, db.urls.referrals, settings))
    await refer(1)
    await db.owner.query(`select referrals.set_gate(true, '{}', now() - interval '1 minute')`)
    const earnAgain = async () => {
      await db.owner.query('truncate referrals.user_rewards cascade')
      return strict.inject({
        method: 'POST',
        url: '/api/referrals/earn',
        headers: asAdmin,
        payload: { user_email: emailOf('user') },
      })
    }
    // An evaluation can be stale once the process is 0.6 s old.
    await expect.poll(async () => (await earnAgain()).statusCode).toBe(423)
    expect((await earnAgain()).json()).toMatchObject({ reasons: ['gate_silent'] })
    await strict.close()
  })
})

describe('bad input', () => {
  test('every error of a body is reported at once', async () => {
    const reply = await post({ email: 'user@example.com' })
    expect(reply.statusCode).toBe(400)
    const paths = reply.json().errors.map((error: { path: string }) => error.path)
    expect(paths.sort()).toEqual(['email', 'user_email'])
  })

  test('a visitor and a wrong key get 401, a read-only key gets 403', async () => {
    const reading = 'a-key-that-may-read-referrals-only'
    const other = buildApp(
      testSettings(ReferralsSettings, db.urls.referrals),
      identifyBy([{ name: 'reader', secret: reading, scopes: ['referrals:read'] }]),
    )
    const statusOf = async (headers: Record<string, string>) =>
      (
        await other.inject({
          method: 'POST',
          url: '/api/referrals/earn',
          headers,
          payload: { user_email: emailOf('user') },
        })
      ).statusCode
    const statuses = [
      await statusOf({}),
      await statusOf({ authorization: 'Bearer wrong' }),
      await statusOf({ authorization: `Bearer ${reading}` }),
    ]
    await other.close()
    expect(statuses).toEqual([401, 401, 403])
  })
})
