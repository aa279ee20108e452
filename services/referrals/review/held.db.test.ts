// What a reviewer sees of held referrals.
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { emailOf, inSeconds, joiner, personOf, publisher } from '../testing/people.ts'
import type { HeldReferral } from './held-referral.ts'

const db = useDatabase()
let app: FastifyInstance
const publish = publisher(db, () => app)

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(db.empty)

const signals = { network: 'one network', device: 'one device', lookalike: null, disposable: false }

const get = (path: string, headers: Record<string, string> = asAdmin) =>
  app.inject({ url: `/api/referrals/${path}`, headers })

/** Everybody joins with the code of the leader, from one place. */
const joinFrom = async (leader: string, count: number, from = signals) => {
  const entries = Array.from({ length: count }, (_, n) =>
    joiner(`${leader}${n}`, {
      by: leader,
      at: inSeconds(n),
      signals: from,
      masked: 'f***@e***.com',
    }),
  )
  await publish('waitlist.joined', { entries: [joiner(leader, { masked: 'l***@e***.com' })] })
  await publish('waitlist.joined', { entries })
  // A score that holds them, whatever the weights are.
  await db.owner.query(
    `update referrals.referrals set fraud_score = 99 where state <> 'claimed' and decision is null`,
  )
  await publish('waitlist.joined', { entries })
}

const memberOf = async (name: string): Promise<string> => {
  const { rows } = await db.owner.query('select id from referrals.members where person = $1', [
    personOf(emailOf(name)),
  ])
  return rows[0].id
}

const listed = async (query = ''): Promise<HeldReferral[]> => {
  const reply = await get(`review${query}`)
  expect(reply.statusCode).toBe(200)
  return reply.json().referrals
}

describe('the held referrals', () => {
  test('are listed oldest first, with their reasons, people, and what they share', async () => {
    await joinFrom('ada', 3)
    const referrals = await listed()
    expect(referrals.map(({ created_at }) => created_at)).toEqual(
      referrals.map(({ created_at }) => created_at).sort(),
    )
    const [first] = referrals
    expect(first).toMatchObject({
      state: 'held',
      reason: null,
      score: 99,
      reasons: expect.arrayContaining([
        {
          signal: 'same_network',
          value: expect.any(Number),
          points: expect.any(Number),
          data: { others: 2 },
        },
      ]),
      referred_id: await memberOf('ada0'),
      referred_email: 'f***@e***.com',
      referrer_id: await memberOf('ada'),
      referrer_email: 'l***@e***.com',
      referrer_blocked_at: null,
      referrer_referrals: 3,
      referrer_counted: 0,
      referrer_held: 3,
      lookalike_group: null,
      decision: null,
    })
    for (const group of ['network_group', 'device_group'] as const) {
      expect(new Set(referrals.map((referral) => referral[group])).size).toBe(1)
      expect(first?.[group]).toMatch(/^[0-9a-f]{12}$/)
    }
    expect(JSON.stringify(referrals)).not.toContain('one network')
  })

  test('come as pages and as a file, by referrer and by score', async () => {
    await joinFrom('ada', 3)
    await joinFrom('bob', 2, { ...signals, network: 'another network' })
    const all = await listed()
    const first = (await get('review?limit=3')).json()
    const second = await get(`review?limit=3&cursor=${first.next}`)
    expect([...first.referrals, ...second.json().referrals]).toEqual(all)
    expect(second.json().next).toBeNull()
    expect(new Set(all.map(({ network_group }) => network_group)).size).toBe(2)
    expect(await listed(`?referrer=${await memberOf('bob')}`)).toHaveLength(2)
    expect(await listed('?min_score=100')).toEqual([])
    const csv = await get('review', { ...asAdmin, accept: 'text/csv' })
    const lines = csv.body.trim().split('\r\n')
    expect(lines).toHaveLength(6)
    expect(lines[0]).toBe(Object.keys(all[0] as HeldReferral).join(','))
  })

  test('are shown with those that look the same, and who referred the referrer', async () => {
    await publish('waitlist.joined', { entries: [joiner('top'), joiner('ada', { by: 'top' })] })
    await joinFrom('ada', 3)
    const [first, ...others] = await listed(`?referrer=${await memberOf('ada')}`)
    const shown = (await get(`review/${first?.referral_id}`)).json()
    expect(shown.referral).toEqual(first)
    expect(shown.referred_by).toMatchObject([{ member_id: await memberOf('top') }])
    expect(shown.similar.map(({ referral_id }: HeldReferral) => referral_id).sort()).toEqual(
      others.map(({ referral_id }) => referral_id).sort(),
    )
    expect(shown.similar[0].shares).toEqual(['network', 'device'])
  })

  test('move to the lists of decided ones, with who decided and why', async () => {
    await joinFrom('ada', 2)
    const [one, other] = await listed()
    const decide = (action: string, referral: HeldReferral | undefined) =>
      app.inject({
        method: 'POST',
        url: '/api/referrals/review',
        headers: asAdmin,
        payload: { action, referral_ids: [referral?.referral_id], reason: `to ${action}` },
      })
    await decide('approve', one)
    await decide('void', other)
    expect(await listed()).toEqual([])
    const decided = { decided_by: 'env', decided_at: expect.any(String) }
    expect(await listed('?state=approved')).toMatchObject([
      {
        referral_id: one?.referral_id,
        decision: 'approved',
        decision_reason: 'to approve',
        ...decided,
      },
    ])
    expect(await listed('?state=void')).toMatchObject([
      { referral_id: other?.referral_id, reason: 'fraud', decision_reason: 'to void', ...decided },
    ])
  })

  test('show who blocked the referrer, and why', async () => {
    await joinFrom('ada', 1)
    await app.inject({
      method: 'POST',
      url: '/api/referrals/review',
      headers: asAdmin,
      payload: { action: 'block', referrer: await memberOf('ada'), reason: 'a farm' },
    })
    expect(await listed('?state=void')).toMatchObject([
      {
        reason: 'blocked',
        decision: 'blocked',
        decided_at: expect.any(String),
        decided_by: 'env',
        decision_reason: 'a farm',
      },
    ])
  })

  test('are counted in the metrics', async () => {
    await joinFrom('ada', 2)
    const metrics = await app.inject({ url: '/metrics', headers: asAdmin })
    expect(/^referrals_held.* 2$/m.test(metrics.body)).toBe(true)
  })
})
