import { identifyBy } from '@vobee/shared/auth/callers'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { emailOf, inSeconds, joiner, personOf, teller, toldTo, use } from '../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(db.empty)

const tell = teller(db, () => app)

const post = (payload: object, headers: Record<string, string> = asAdmin) =>
  app.inject({ method: 'POST', url: '/api/referrals/earn', headers, payload })
const earn = (name = 'user') => post({ user_email: emailOf(name) })

/** So many more people join with the code of `user`. */
let friends = 0
const bring = (howMany: number) =>
  tell('waitlist.joined', {
    entries: [
      joiner('user'),
      ...Array.from({ length: howMany }, () => joiner(`friend${friends++}`, { by: 'user' })),
    ],
  })

const grants = () => toldTo(db, 'invites', 'referrals.earned')
const gate = (open: boolean, reasons: string[] = []) =>
  tell('gate.evaluated', { open, reasons, evaluated_at: inSeconds(0) })

describe('earning', () => {
  test('three referrals give the documented answer and have invites mint the codes', async () => {
    await bring(3)
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
      { grant_id, person, codes: 1, reason: 'First referral' },
      { grant_id, person, codes: 2, reason: 'First 3 referrals' },
    ])
  })

  test('nobody referred has earned nothing, known or not', async () => {
    const nothing = {
      earned: false,
      codes_available: 0,
      message: 'Keep referring to earn codes',
    }
    await bring(0)
    expect((await earn()).json()).toEqual(nothing)
    expect((await earn('stranger')).json()).toEqual(nothing)
    const { rowCount } = await db.owner.query('select from referrals.members')
    expect(rowCount).toBe(1)
  })

  test('each threshold is granted once: 1, then 3 in all, then 8 in all', async () => {
    const said = []
    for (const more of [1, 0, 1, 1, 0, 6, 1, 0]) {
      await bring(more)
      said.push((await earn()).json().codes_available)
    }
    expect(said).toEqual([1, 1, 1, 3, 3, 3, 8, 8])
    expect((await grants()).map(({ codes }) => codes)).toEqual([1, 2, 5])
  })

  test('64 who ask at once are granted once and all hear the same', async () => {
    await bring(10)
    for (let round = 0; round < 10; round++) {
      await db.owner.query('truncate referrals.user_rewards, invites.inbox')
      const replies = await Promise.all(Array.from({ length: 64 }, () => earn()))
      expect(new Set(replies.map((reply) => reply.body)).size).toBe(1)
      expect(replies[0]?.json()).toMatchObject({ codes_available: 8 })
      expect(await grants()).toHaveLength(3)
      const { rowCount } = await db.owner.query('select from referrals.user_rewards')
      expect(rowCount).toBe(3)
    }
  })

  test('an admin lets one call through a closed gate, and the ledger says why', async () => {
    await bring(1)
    await gate(false, ['churn_high'])
    const asked = { user_email: emailOf('user'), override_gate: true, reason: 'promised' }
    const referrer = identifyBy([
      { name: 'r', secret: 'r'.repeat(32), scopes: ['referrals:write'] },
    ])
    const plain = buildApp(testSettings(ReferralsSettings, db.urls.referrals), referrer)
    const refused = await plain.inject({
      method: 'POST',
      url: '/api/referrals/earn',
      headers: { authorization: `Bearer ${'r'.repeat(32)}` },
      payload: asked,
    })
    await plain.close()
    expect(refused.statusCode).toBe(403)
    expect((await post({ ...asked, reason: undefined })).json().errors[0].path).toBe('reason')
    expect((await post(asked)).json()).toMatchObject({ earned: true, codes_available: 1 })
    const { rows } = await db.owner.query('select reward_value from referrals.user_rewards')
    expect(rows).toEqual([
      { reward_value: { codes: 1, reason: 'First referral', override_reason: 'promised' } },
    ])
  })

  test('claims, held and void referrals have earned nothing', async () => {
    await bring(3)
    await db.owner.query(
      `update referrals.referrals set state = numbered.state, reason = numbered.reason
       from (
         select id, (array['held', 'void', 'joined'])[row_number() over ()] as state,
                (array[null, 'fraud', null])[row_number() over ()] as reason
         from referrals.referrals
       ) as numbered
       where numbered.id = referrals.referrals.id`,
    )
    expect((await earn()).json()).toMatchObject({ earned: false, codes_available: 0 })
  })

  test('a used code is no longer available, counted once however often it is told', async () => {
    await bring(3)
    await earn()
    const [first, second] = await grants()
    const uses = [use('a', { grant_id: first.grant_id }), use('b', { grant_id: second.grant_id })]
    await tell('invites.used', { uses: [uses[1] as (typeof uses)[0], use('c')] })
    await tell('invites.used', { uses })
    expect((await earn()).json()).toEqual({
      earned: true,
      codes_available: 1,
      message: 'You earned 3 invite codes',
    })
  })

  test('a grant is marked claimed when invites has minted it', async () => {
    await bring(1)
    await earn()
    const minted = async () =>
      (await db.owner.query('select is_claimed, claimed_at from referrals.user_rewards')).rows
    expect(await minted()).toEqual([{ is_claimed: false, claimed_at: null }])
    const made = { batch_id: 'EARNED', count: 1, grants: await grants() }
    const at = inSeconds(0)
    await tell('invites.created', { ...made, at })
    await tell('invites.created', { ...made, at: inSeconds(60) })
    expect(await minted()).toEqual([{ is_claimed: true, claimed_at: new Date(at) }])
  })
})

describe('a closed gate', () => {
  test('refuses what is due with its reasons and grants nothing, until it opens', async () => {
    await bring(3)
    await gate(false, ['churn_high'])
    const refused = await earn()
    expect(refused.statusCode).toBe(423)
    expect(refused.json()).toMatchObject({ code: 'invites_paused', reasons: ['churn_high'] })
    expect(await grants()).toEqual([])
    await gate(true)
    expect((await earn()).json()).toMatchObject({ codes_available: 3 })
  })

  test('answers as always when nothing new is due', async () => {
    await bring(3)
    await earn()
    await gate(false, ['churn_high'])
    expect((await earn()).json()).toMatchObject({ earned: true, codes_available: 3 })
    expect((await earn('stranger')).statusCode).toBe(200)
  })

  test('is closed when quality-gates has been silent for too long', async () => {
    const settings = { GATE_SILENCE_MINUTES: '0.01' }
    const strict = buildApp(testSettings(ReferralsSettings, db.urls.referrals, settings))
    await bring(1)
    await tell('gate.evaluated', { open: true, reasons: [], evaluated_at: inSeconds(-60) })
    const asked = async () => {
      await db.owner.query('delete from referrals.user_rewards')
      return strict.inject({
        method: 'POST',
        url: '/api/referrals/earn',
        headers: asAdmin,
        payload: { user_email: emailOf('user') },
      })
    }
    // Silence counts once the process is itself 0.6 s old.
    await expect.poll(async () => (await asked()).statusCode).toBe(423)
    expect((await asked()).json()).toMatchObject({ reasons: ['gate_silent'] })
    await strict.close()
  })
})

describe('bad input', () => {
  test('every fault of a body is named at once', async () => {
    const reply = await post({ email: 'user@example.com' })
    expect(reply.statusCode).toBe(400)
    const paths = reply.json().errors.map((fault: { path: string }) => fault.path)
    expect(paths.sort()).toEqual(['email', 'user_email'])
  })

  test('a visitor and a wrong key are 401, a key for reading is 403', async () => {
    const reading = 'a-key-that-may-read-referrals-only'
    const other = buildApp(
      testSettings(ReferralsSettings, db.urls.referrals),
      identifyBy([{ name: 'reader', secret: reading, scopes: ['referrals:read'] }]),
    )
    const asked = async (headers: Record<string, string>) =>
      (
        await other.inject({
          method: 'POST',
          url: '/api/referrals/earn',
          headers,
          payload: { user_email: emailOf('user') },
        })
      ).statusCode
    const statuses = [
      await asked({}),
      await asked({ authorization: 'Bearer wrong' }),
      await asked({ authorization: `Bearer ${reading}` }),
    ]
    await other.close()
    expect(statuses).toEqual([401, 401, 403])
  })
})
