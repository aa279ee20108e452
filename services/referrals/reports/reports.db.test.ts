// The reports over HTTP, on the same people.
import { useDatabase } from '@vobee/testing/database'
import { asHostUser, asMember, hostSettings } from '@vobee/testing/members'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { emailOf, inSeconds, joiner, personOf, publisher, use } from '../testing/people.ts'
import { foldChanges } from './counts.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals, hostSettings))
})
afterAll(() => app.close())
beforeEach(db.empty)

const publish = publisher(db, () => app)
const get = (path: string, headers: Record<string, string> = asAdmin) =>
  app.inject({ url: `/api/referral/${path}`, headers })
const read = async (path: string, headers?: Record<string, string>) => {
  const reply = await get(path, headers)
  expect(reply.statusCode).toBe(200)
  return reply.json()
}
const sql = async (text: string, values: unknown[] = []) =>
  (await db.owner.query(text, values)).rows

const idOf = async (name: string): Promise<string> => {
  const rows = await sql('select id from referrals.members where person = $1', [
    personOf(emailOf(name)),
  ])
  return rows[0].id
}

/** Lets people join `days` ago; each entry is `name` or `name by referrer`. */
const join = (names: string[], { days = 0, confirmed = true } = {}) =>
  publish('waitlist.joined', {
    entries: names.map((text) => {
      const [name = '', by = ''] = text.split(' by ')
      const masked = `${name[0]}***@e***.com`
      const at = inSeconds(-days * 86_400)
      return joiner(name, { ...(by ? { by } : {}), at, masked, confirmed })
    }),
  })
const redeem = (...names: string[]) =>
  publish('invites.used', { uses: names.map((name) => use(name)) })
const share = (inviter: string, recipient: string) =>
  app.inject({
    method: 'POST',
    url: '/api/referrals/share',
    headers: asAdmin,
    payload: { inviter_email: emailOf(inviter), recipient_email: emailOf(recipient) },
  })

const utcDay = (daysAgo: number) =>
  new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10)

describe('stats of a member', () => {
  test('the documented example: ten referrals, three converted, and the rewards', async () => {
    const friends = Array.from({ length: 10 }, (_, n) => `friend${n}`)
    await join(['ada', ...friends.map((name) => `${name} by ada`)])
    await redeem('friend0', 'friend1', 'friend2')
    const [{ n }] = await sql('select count(*)::int as n from referrals.user_rewards')
    expect(await read('stats', asMember(emailOf('ada')))).toEqual({
      totalReferrals: 10,
      convertedReferrals: 3,
      pendingReferrals: 7,
      countedReferrals: 10,
      totalRewardsEarned: n,
    })
  })

  test('a claim counts until it runs out, and void referrals do not', async () => {
    await join(['ada', 'bob by ada', 'carol by ada'])
    await share('ada', 'dan')
    await share('ada', 'eve')
    const total = async () => (await read('stats', asMember(emailOf('ada')))).totalReferrals
    expect(await total()).toBe(4)
    await sql(`update referrals.referrals set expires_at = now() where referred_user_id = $1`, [
      await idOf('dan'),
    ])
    expect(await total()).toBe(3)
    await sql(`update referrals.referrals set state = 'void', reason = 'fraud'
               where state = 'counted'`)
    expect(await total()).toBe(1)
  })

  test('a user of the host who never joined has zeros, and only members have stats', async () => {
    const nothing = await read('stats', asHostUser('user-1', 'host@example.com'))
    expect(nothing).toMatchObject({ totalReferrals: 0, totalRewardsEarned: 0 })
    expect((await get('stats', {})).statusCode).toBe(401)
    expect((await get('stats')).statusCode).toBe(403)
  })
})

describe('the leaderboard', () => {
  const names = async (query = '', headers: Record<string, string> = asAdmin) =>
    (await read(`leaderboard${query}`, headers)).map(({ email }: { email: string }) => email[0])

  test('ranks by converted, counted, total, then the earliest, for visitors without ids', async () => {
    await join(['ada', 'bob', 'carol', 'dan', 'x1 by dan', 'x2 by ada'], { days: 2 })
    await join(['x3 by bob', 'x4 by bob'], { days: 1 })
    await join(['x5 by carol', 'x6 by carol'], { confirmed: false })
    await redeem('x2')
    expect(await read('leaderboard', {})).toEqual([
      {
        email: 'a***@e***.com',
        totalReferrals: 1,
        convertedReferrals: 1,
        countedReferrals: 1,
        rank: 1,
      },
      ...[
        ['b', 2, 2],
        ['d', 1, 1],
        ['c', 2, 0],
      ].map(([name, totalReferrals, countedReferrals], index) => ({
        email: `${name}***@e***.com`,
        totalReferrals,
        convertedReferrals: 0,
        countedReferrals,
        rank: index + 2,
      })),
    ])
    await redeem('x3')
    expect(await names()).toEqual(['b', 'a', 'd', 'c'])
    const [first] = await read('leaderboard?limit=1')
    expect(first).toMatchObject({ userId: await idOf('bob'), rank: 1 })
    await join(['x7 by ada'])
    expect(await names()).toEqual(['a', 'b', 'd', 'c'])
  })

  test('a period has the referrals created in its days, also before a job has rolled it', async () => {
    await join(['ada', 'bob', 'carol'], { days: 40 })
    await join(['x1 by ada', 'x2 by ada', 'x3 by ada'], { days: 30 })
    await join(['x4 by bob', 'x5 by bob', 'x6 by ada'], { days: 7 })
    await join(['x7 by carol'], { days: 6 })
    expect(await names()).toEqual(['a', 'b', 'c'])
    expect(await names('?period=month')).toEqual(['b', 'a', 'c'])
    expect(await names('?period=week')).toEqual(['c'])
    // A day later: every referral is a day older, and the sums are those of yesterday.
    await sql(`
      set session_replication_role = replica;
      update referrals.referrals set created_at = created_at - interval '24 hours';
      update referrals.referrer_days set day = day - 1, first_at = first_at - interval '24 hours';
      update referrals.referrer_totals set rolls_on = rolls_on - 1;
      set session_replication_role = origin`)
    const yesterday = { month: ['b', 'a', 'c'], week: [] }
    expect(await names('?period=week')).toEqual(yesterday.week)
    expect(await names('?period=week&limit=1')).toEqual([])
    expect(await names('?period=month')).toEqual(yesterday.month)
    const before = await sql(
      'select week_total from referrals.referrer_totals where week_total > 0',
    )
    expect(before).toHaveLength(1)
    await sql('select referrals.roll_referrers(100)')
    const after = await sql('select week_total from referrals.referrer_totals where week_total > 0')
    expect(after).toHaveLength(0)
    expect(await names('?period=month')).toEqual(yesterday.month)
  })

  test('leaves out members who are blocked or erased', async () => {
    await join(['ada', 'bob', 'carol', 'x1 by ada', 'x2 by bob', 'x3 by carol'])
    await sql('update referrals.members set blocked_at = now() where id = $1', [await idOf('ada')])
    await app.inject({
      method: 'DELETE',
      url: '/api/referrals/me',
      headers: asMember(emailOf('bob')),
    })
    expect(await names('', {})).toEqual(['c'])
  })

  test('names every error of its input', async () => {
    const reply = await get('leaderboard?period=year&limit=101&sort=email', {})
    expect(reply.statusCode).toBe(400)
    expect(reply.json().errors.map(({ path }: { path: string }) => path)).toEqual([
      'query.period',
      'query.limit',
      'query.sort',
    ])
  })
})

describe('analytics and trends', () => {
  beforeEach(async () => {
    await join(['ada', 'bob'], { days: 50 })
    await join(['x1 by ada', 'x2 by ada', 'x3 by bob'], { days: 40 })
    await join(['x4 by bob', 'x5 by ada'], { days: 3 })
    await redeem('x1', 'x4')
    await share('ada', 'x6')
    await join(['x6'])
    await share('bob', 'x7')
    await sql(
      `update referrals.referral_codes set expires_at = now() - interval '3 days'
               where user_id = $1`,
      [await idOf('x1')],
    )
  })

  test('analytics have the metrics of the seed and more, before and after folding', async () => {
    const all = await read('analytics')
    expect(all).toMatchObject({
      totalReferrals: 7,
      joinedReferrals: 6,
      countedReferrals: 6,
      convertedReferrals: 2,
      conversionRate: 28.6,
      activeCodes: 7,
      expiredCodes: 1,
      members: 8,
      invitationsSent: 7,
      kFactor: 0.75,
      sources: [
        { source: 'code', totalReferrals: 5, convertedReferrals: 2, conversionRate: 40 },
        { source: 'share', totalReferrals: 2, joinedReferrals: 1, conversionRate: 0 },
      ],
    })
    const [{ n }] = await sql('select count(*)::int as n from referrals.user_rewards')
    expect(all.totalRewardsAwarded).toBe(n)
    const cohorts = all.weeklyCohorts as { week: string; totalReferrals: number }[]
    expect(cohorts.reduce((sum, { totalReferrals }) => sum + totalReferrals, 0)).toBe(7)
    const mondays = cohorts.map(({ week }) => new Date(week).getUTCDay())
    expect([...new Set(mondays)]).toEqual([1])
    expect(cohorts.length).toBeGreaterThanOrEqual(6)
    await foldChanges(db.owner)
    expect(await sql('select from referrals.report_changes')).toHaveLength(0)
    expect(await read('analytics')).toEqual(all)
  })

  test('the analytics of a period cover the referrals created in it', async () => {
    const month = await read('analytics?period=month')
    expect(month).toMatchObject({
      totalReferrals: 4,
      convertedReferrals: 1,
      conversionRate: 25,
      invitationsSent: 4,
      activeCodes: 7,
      members: 8,
    })
    expect(month.medianTimeToConvert).toBeGreaterThan(72 * 0.9)
    expect(month.medianTimeToConvert).toBeLessThan(72 * 1.1)
    await foldChanges(db.owner)
    expect(await read('analytics?period=month')).toEqual(month)
    expect((await read('analytics?period=week')).totalReferrals).toBe(4)
  })

  test('a code is expired from its end on, also within the hour', async () => {
    const ends = (text: string, name: string) =>
      idOf(name).then((id) =>
        sql(`update referrals.referral_codes set expires_at = ${text} where user_id = $1`, [id]),
      )
    await ends(`now()`, 'x2')
    await ends(`now() + interval '2 minutes'`, 'x3')
    await ends(`greatest(now() - interval '2 hours', date_trunc('day', now(), 'UTC'))`, 'x4')
    expect(await read('analytics')).toMatchObject({ activeCodes: 5, expiredCodes: 3 })
    await foldChanges(db.owner)
    expect(await read('analytics')).toMatchObject({ activeCodes: 5, expiredCodes: 3 })
  })

  test('trends have one row for each day, oldest first', async () => {
    const trends = await read('trends?days=50')
    expect(trends.map(({ date }: { date: string }) => date)).toEqual(
      Array.from({ length: 50 }, (_, n) => utcDay(49 - n)),
    )
    const filled = trends.filter(
      ({ signups, conversions }: Record<string, number>) => signups !== 0 || conversions !== 0,
    )
    expect(filled).toEqual([
      { date: utcDay(40), signups: 3, conversions: 0 },
      { date: utcDay(3), signups: 2, conversions: 0 },
      { date: utcDay(0), signups: 1, conversions: 2 },
    ])
    await foldChanges(db.owner)
    expect(await read('trends?days=50')).toEqual(trends)
    expect(await read('trends')).toHaveLength(30)
    expect(await read('trends?days=1')).toEqual([{ date: utcDay(0), signups: 1, conversions: 2 }])
    expect((await get('trends?days=366')).json().errors).toMatchObject([{ path: 'query.days' }])
    expect((await get('analytics?period=day')).json().errors).toMatchObject([
      { path: 'query.period' },
    ])
  })

  test('visitors and members see neither', async () => {
    for (const path of ['analytics', 'trends']) {
      expect((await get(path, {})).statusCode).toBe(401)
      expect((await get(path, asMember(emailOf('ada')))).statusCode).toBe(403)
    }
  })

  test('a new deployment has analytics of nothing', async () => {
    await db.empty()
    expect(await read('analytics')).toMatchObject({
      totalReferrals: 0,
      conversionRate: 0,
      kFactor: 0,
      medianTimeToConvert: null,
      weeklyCohorts: [],
    })
  })
})
