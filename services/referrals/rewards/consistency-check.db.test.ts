import { randomUUID } from 'node:crypto'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { emailOf, joiner, teller } from '../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())

const tell = teller(db, () => app)

const audit = async () => {
  const reply = await app.inject({ url: '/api/referrals/status?audit=1', headers: asAdmin })
  const { status, audit } = reply.json()
  const off = audit.filter(({ ok }: { ok: boolean }) => !ok)
  return { status, audit, off: off.map(({ name }: { name: string }) => name) }
}

beforeEach(async () => {
  await db.empty()
  const friends = ['a', 'b', 'c'].map((name) => joiner(name, { by: 'user' }))
  await tell('waitlist.joined', { entries: [joiner('user'), ...friends] })
  await app.inject({
    method: 'POST',
    url: '/api/referrals/earn',
    headers: asAdmin,
    payload: { user_email: emailOf('user') },
  })
  await db.owner.query(
    `insert into referrals.reward_code_uses (use_id, reward_id)
     select $1, id from referrals.user_rewards where grant_key = 'invite_codes:1'`,
    [randomUUID()],
  )
})

test('an audit of referrals that counted and earned is clean', async () => {
  expect(await audit()).toMatchObject({
    status: 'healthy',
    off: [],
    audit: [
      { name: 'counted_referrals', expected: 3, found: 3, wrong: 0, ok: true },
      { name: 'grants_earned', expected: 2, found: 2, wrong: 0, ok: true },
      { name: 'granted_codes_used', expected: 1, found: 1, wrong: 0, ok: true },
    ],
  })
  await db.empty()
  expect((await audit()).off).toEqual([])
})

test.each([
  [
    "update referrals.referrals set counted_at = null where state = 'counted'",
    ['counted_referrals'],
  ],
  ['update referrals.members set confirmed = false', ['counted_referrals']],
  [
    `update referrals.user_rewards set grant_key = 'invite_codes:10'
     where grant_key = 'invite_codes:3'`,
    ['grants_earned'],
  ],
  [
    `insert into referrals.reward_code_uses (use_id, reward_id)
     select gen_random_uuid(), id from referrals.user_rewards where grant_key = 'invite_codes:1'`,
    ['granted_codes_used'],
  ],
  [
    `insert into referrals.reward_code_uses (use_id, reward_id)
     values (gen_random_uuid(), gen_random_uuid())`,
    ['granted_codes_used'],
  ],
])('an audit finds what %s did', async (harm, found) => {
  await db.owner.query(harm)
  const { status, off } = await audit()
  expect(off).toEqual(found)
  expect(status).toBe('degraded')
})
