// Rewards that a member claims: free premium, premium and the badge.
import { randomUUID } from 'node:crypto'
import { transaction } from '@vobee/shared/data/database'
import { untilAccepted } from '@vobee/testing/busy'
import { useDatabase } from '@vobee/testing/database'
import { asMember } from '@vobee/testing/members'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { refresh } from '../counting/refresh.ts'
import { jobs } from '../jobs.ts'
import { consumerDeps, emailOf, inSeconds, joiner, publisher, use } from '../testing/people.ts'
import type { RewardTerms } from './reconcile.ts'

const db = useDatabase()
let app: FastifyInstance
let settings: ReferralsSettings
const terms = consumerDeps.terms

beforeAll(() => {
  settings = testSettings(ReferralsSettings, db.urls.referrals)
  app = buildApp(settings)
})
afterAll(() => app.close())
beforeEach(db.empty)

const publish = publisher(db, () => app)
const findJob = (job: string, rewards: RewardTerms = terms.rewards) =>
  jobs(app.database, settings, rewards).find(({ name }) => name === job)
const asUser = asMember(emailOf('user'))

const claim = (rewardId: string, headers: Record<string, string> = asUser) =>
  app.inject({
    method: 'POST',
    url: '/api/referral/claim-reward',
    headers,
    payload: { rewardId },
  })
const list = async () =>
  (await app.inject({ url: '/api/referrals/rewards', headers: asUser })).json().rewards
const rewards = async (type: string) =>
  (await list()).filter(({ rewardType }: { rewardType: string }) => rewardType === type)

/** Changes all referrals, and applies what follows. */
const change = async (changes: string) => {
  const { rows } = await db.owner.query<{ id: string }>(
    `update referrals.referrals set ${changes} returning id`,
  )
  const ids = rows.map(({ id }) => id)
  await transaction(app.database, (connection) => refresh(connection, ids, terms))
}
const pay = () => change('paid_at = now()')
const redeem = () =>
  publish('invites.used', {
    uses: Array.from({ length: 5 }, (_, n) => use(`friend${n}`)),
  })

/** Friends who joined 20 days ago, so that their quality earns no bonus. */
const refer = (count: number) => {
  const at = inSeconds(-20 * 86_400)
  const friends = Array.from({ length: count }, (_, n) => joiner(`friend${n}`, { by: 'user', at }))
  return publish('waitlist.joined', { entries: [joiner('user', { at }), ...friends] })
}

/** Gives `user` one claimable reward, and returns its id. */
const earnPremium = async (): Promise<string> => {
  await refer(1)
  await pay()
  return (await rewards('free_premium'))[0].id
}
const entries = async () => {
  const { rows } = await db.owner.query(
    `select kind from referrals.reward_entries join referrals.user_rewards as reward
     on reward.id = reward_id where reward_type <> 'invite_codes' order by reward_entries.id`,
  )
  return rows.map(({ kind }) => kind)
}

describe('free premium', () => {
  test('is granted once for each referred person who pays, and claimed as documented', async () => {
    await refer(1)
    await redeem()
    expect(await rewards('free_premium')).toEqual([])
    await pay()
    await pay()
    const [reward, ...others] = await rewards('free_premium')
    expect(others).toEqual([])
    expect(reward).toMatchObject({ rewardValue: { days: 30 }, status: 'claimable' })
    const reply = await claim(reward.id)
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toEqual({
      message: 'Reward claimed successfully',
      reward: {
        id: reward.id,
        rewardType: 'free_premium',
        rewardValue: { days: 30 },
        claimedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
    })
    expect(await entries()).toEqual(['grant', 'claim'])
    expect(await rewards('free_premium')).toMatchObject([{ id: reward.id, status: 'claimed' }])
  })

  test('is granted for a redeemed invite where the setting says so', async () => {
    const changed = { REFERRAL_REWARD_ON: 'conversion', REFERRAL_REWARD_DAYS: '7' }
    const other = buildApp(testSettings(ReferralsSettings, db.urls.referrals, changed))
    await refer(1)
    await redeem()
    await other.inject({
      method: 'POST',
      url: '/api/referrals/earn',
      headers: asAdmin,
      payload: { user_email: emailOf('user') },
    })
    await other.close()
    expect(await rewards('free_premium')).toMatchObject([{ rewardValue: { days: 7 } }])
  })

  test('is void when its referral no longer counts, unless it was claimed', async () => {
    const id = await earnPremium()
    await change(`decision = 'voided'`)
    expect(await rewards('free_premium')).toMatchObject([{ id, status: 'void' }])
    expect((await claim(id)).statusCode).toBe(404)
    await change(`decision = 'approved'`)
    const [again] = await rewards('free_premium')
    expect((await claim(again.id)).statusCode).toBe(200)
    await change(`decision = 'voided'`)
    expect((await rewards('free_premium')).map(({ status }: { status: string }) => status)).toEqual(
      ['claimed', 'void'],
    )
    expect(await entries()).toEqual(['grant', 'void', 'grant', 'claim'])
  })
})

describe('a claim', () => {
  test('of 64 at once succeeds once', async () => {
    const id = await earnPremium()
    const replies = await Promise.all(
      Array.from({ length: 64 }, () => untilAccepted(() => claim(id))),
    )
    const statuses = replies.map((reply) => reply.statusCode)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 404)).toHaveLength(63)
    expect(await entries()).toEqual(['grant', 'claim'])
  })

  test('with an Idempotency-Key is repeated without effect', async () => {
    const id = await earnPremium()
    const headers = { ...asUser, 'idempotency-key': 'once' }
    const first = await claim(id, headers)
    const again = await claim(id, headers)
    expect([first.statusCode, again.statusCode, again.body]).toEqual([200, 200, first.body])
    expect((await claim(id)).json()).toMatchObject({ code: 'reward_not_found' })
  })

  test("of an unknown or somebody else's reward, or of invite codes, is not found", async () => {
    const id = await earnPremium()
    const [codes] = await rewards('invite_codes')
    expect(codes.status).toBe('granted')
    const replies = [
      await claim(randomUUID()),
      await claim(id, asMember(emailOf('friend0'))),
      await claim(codes.id),
    ]
    expect(replies.map((reply) => [reply.statusCode, reply.json().code])).toEqual(
      replies.map(() => [404, 'reward_not_found']),
    )
    expect(await rewards('free_premium')).toMatchObject([{ status: 'claimable' }])
  })

  test('needs a member and a valid id', async () => {
    const id = await earnPremium()
    expect((await claim(id, {})).statusCode).toBe(401)
    expect((await claim(id, asAdmin)).statusCode).toBe(403)
    const reply = await claim('mine')
    expect(reply.json().errors).toEqual([{ path: 'rewardId', message: 'must be a UUID' }])
  })

  test('after the reward expired is rejected, whether or not the job has run', async () => {
    const id = await earnPremium()
    const days = `select round(extract(epoch from expires_at - created_at) / 86400)::int as days
      from referrals.user_rewards where id = $1`
    expect((await db.owner.query(days, [id])).rows).toEqual([{ days: 365 }])
    await db.owner.query('update referrals.user_rewards set expires_at = now() where id = $1', [id])
    const expired = async () => {
      const reply = await claim(id)
      expect([reply.statusCode, reply.json().code]).toEqual([400, 'reward_expired'])
      expect(await rewards('free_premium')).toMatchObject([{ status: 'expired' }])
    }
    await expired()
    const expire = findJob('expire-rewards')
    await expire?.run()
    await expire?.run()
    await expired()
    expect(await entries()).toEqual(['grant', 'expire'])
    const { rows } = await db.owner.query(
      'select action, details from referrals.automation_logs order by created_at',
    )
    expect(rows).toEqual([1, 0].map((count) => ({ action: 'expire_rewards', details: { count } })))
  })
})

describe('the badge', () => {
  const award = () => findJob('award-badges')?.run()

  test('is awarded on Sundays to members with five conversions, once', async () => {
    expect(findJob('award-badges')?.cron).toBe('0 3 * * 0')
    await refer(5)
    await redeem()
    expect(await rewards('badge')).toEqual([])
    await award()
    await award()
    expect(await rewards('badge')).toMatchObject([
      { rewardValue: { badge: 'referral_master' }, status: 'claimable' },
    ])
    const { rows } = await db.owner.query(
      'select action, status, details from referrals.automation_logs order by created_at',
    )
    expect(rows).toEqual(
      [1, 0].map((count) => ({ action: 'award_badges', status: 'success', details: { count } })),
    )
  })

  test('is taken back when fewer conversions count', async () => {
    await refer(5)
    await redeem()
    await award()
    await change(`decision = case when referred_user_id = (
      select max(referred_user_id::text)::uuid from referrals.referrals) then 'voided' end`)
    expect(await rewards('badge')).toMatchObject([{ status: 'void' }])
  })
})

test('what became due while the gate was closed is granted within a minute of its opening', async () => {
  const due = findJob('grant-due')
  expect(due?.cron).toBe('* * * * *')
  const gate = (open: boolean) =>
    db.owner.query(`select referrals.set_gate($1, '{}', now())`, [open])
  await gate(false)
  await refer(3)
  await due?.run()
  expect(await list()).toEqual([])
  await gate(true)
  expect(await list()).toEqual([])
  await due?.run()
  expect(await rewards('invite_codes')).toHaveLength(2)
})

test('what became due while referrals were disabled is granted after that', async () => {
  const disabled = { ...terms, isEnabled: false, rewards: { ...terms.rewards, isEnabled: false } }
  await refer(1)
  await db.owner.query('truncate referrals.user_rewards cascade')
  const { rows } = await db.owner.query<{ id: string }>('select id from referrals.referrals')
  const ids = rows.map(({ id }) => id)
  await transaction(app.database, (connection) => refresh(connection, ids, disabled))
  await findJob('grant-due', disabled.rewards)?.run()
  expect(await list()).toEqual([])
  await findJob('grant-due')?.run()
  expect(await rewards('invite_codes')).toHaveLength(1)
})
