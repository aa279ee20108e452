import { randomUUID } from 'node:crypto'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { joiner, publisher } from '../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())

const publish = publisher(db, () => app)

const check = async () => {
  const reply = await app.inject({ url: '/api/referrals/status?audit=1', headers: asAdmin })
  const { status, audit } = reply.json()
  const off = audit.filter(({ ok }: { ok: boolean }) => !ok)
  return { status, audit, off: off.map(({ name }: { name: string }) => name) }
}

beforeEach(async () => {
  await db.empty()
  const friends = ['a', 'b', 'c'].map((name) => joiner(name, { by: 'user' }))
  await publish('waitlist.joined', { entries: [joiner('user'), ...friends] })
  await db.owner.query(
    `insert into referrals.reward_code_uses (use_id, reward_id)
     select $1, id from referrals.user_rewards where grant_key = 'invite_codes:1'`,
    [randomUUID()],
  )
})

test('a consistency check of counted referrals and grants finds nothing', async () => {
  expect(await check()).toMatchObject({
    status: 'healthy',
    off: [],
    audit: [
      { name: 'counted_referrals', expected: 3, found: 3, wrong: 0, ok: true },
      { name: 'reward_entries', expected: 3, found: 3, wrong: 0, ok: true },
      { name: 'grants_earned', expected: 2, found: 2, wrong: 0, ok: true },
      { name: 'recalled_codes', expected: 0, found: 0, wrong: 0, ok: true },
      { name: 'granted_codes_used', expected: 1, found: 1, wrong: 0, ok: true },
      ...['report_counts', 'report_sums', 'referrer_days', 'referrer_totals'].map((name) => ({
        name,
        ok: true,
      })),
    ],
  })
  await db.empty()
  expect((await check()).off).toEqual([])
})

test.each([
  [
    "update referrals.referrals set counted_at = null where state = 'counted'",
    ['counted_referrals'],
  ],
  ['update referrals.members set confirmed = false', ['counted_referrals']],
  [
    `update referrals.user_rewards set grant_key = 'invite_codes:10', is_claimed = true
     where grant_key = 'invite_codes:3'`,
    ['grants_earned'],
  ],
  [
    `insert into referrals.user_rewards (user_id, reward_type, grant_key, reward_value, referral_id)
     select referrer_user_id, 'free_premium', 'free_premium:' || id, '{"days": 30}', id
     from referrals.referrals limit 1`,
    ['grants_earned'],
  ],
  ['truncate referrals.reward_entries', ['reward_entries']],
  [
    `insert into referrals.code_recalls (reward_id, codes, reason, answered_at, revoked)
     select id, 1, 'blocked', now(), 1 from referrals.user_rewards limit 1`,
    ['recalled_codes'],
  ],
  [
    `insert into referrals.code_recalls (reward_id, codes, reason, requested_at)
     select id, 1, 'blocked', now() - interval '2 hours' from referrals.user_rewards limit 1`,
    ['recalled_codes'],
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
])('a consistency check finds the effect of %s', async (harm, found) => {
  await db.owner.query(harm)
  const { status, off } = await check()
  expect(off).toEqual(found)
  expect(status).toBe('degraded')
})
