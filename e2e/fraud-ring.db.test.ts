// A leader whose referrals are fraud, over all services: before and after anybody noticed.
import { personKeys } from '@vobee/shared/privacy/email'
import { useDatabase } from '@vobee/testing/database'
import { PERSON_KEY_SECRET } from '@vobee/testing/settings'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openServices } from './testing/services.ts'

const db = useDatabase()
const leader = 'leader@example.com'
const person = personKeys(PERSON_KEY_SECRET)(leader)
let services: ReturnType<typeof openServices>

beforeEach(() => db.empty())
afterEach(() => services.close())

const people = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${name}${n}@example.com`)

/** Ten honest people join, then the leader; returns the leader's referral code. */
const begin = async () => {
  for (const [n, email] of people('honest', 10).entries())
    await services.join({ email, address: `198.51.${n}.1` })
  const { referral_code } = await services.join({ email: leader, address: '203.0.113.9' })
  await services.processAll()
  return referral_code
}

const joinAll = (emails: string[], referred_by: string, address: string) =>
  Promise.all(emails.map((email) => services.join({ email, referred_by, address })))

const memberId = async (): Promise<string> => {
  const { rows } = await db.owner.query('select id from referrals.members where person = $1', [
    person,
  ])
  return rows[0].id
}

const entryOfLeader = async () => {
  const { rows } = await db.owner.query('select id from waitlist.entries where person = $1', [
    person,
  ])
  const entry = await services.get('waitlist', `position?id=${rows[0].id}`)
  const { status, position, score, referrals } = entry
  return { status, position, score, referrals }
}

/** The codes that the leader was issued or has earned: how many can be redeemed. */
const liveCodes = async () => {
  const { rows } = await db.owner.query(
    `select codes.code from invites.codes
     left join invites.batches as batch on batch.id = codes.batch
     where (issued_person = $1 or owner_person = $1) and revoked_at is null
       and not exists (select from invites.uses where code_id = codes.id)
     order by codes.id`,
    [person],
  )
  return rows.map(({ code }) => code as string)
}

const earned = () => services.post('referrals', 'earn', { user_email: leader })

const block = async (more: object = {}) =>
  services.post('referrals', 'review', {
    action: 'block',
    referrer: await memberId(),
    reason: 'one network',
    ...more,
  })

/** Whether the counts of quality-gates are those of the referrals, by day. */
const wrongCounts = async () => {
  const { rows } = await db.owner.query(`
    with counted as (
      select (created_at at time zone 'UTC')::date as day,
             count(*) filter (where standing in ('clean', 'suspect')) as attributed,
             count(*) filter (where standing = 'suspect') as suspect
      from referrals.referrals group by 1
    ), stored as (
      select day, coalesce(sum(count) filter (where kind = 'referrals.attributed'), 0) as attributed,
             coalesce(sum(count) filter (where kind = 'referrals.suspect'), 0) as suspect
      from quality_gates.daily_counts group by 1
    )
    select * from counted full join stored using (day)
    where (counted.attributed, counted.suspect)
      is distinct from (stored.attributed::bigint, stored.suspect::bigint)`)
  return rows
}

test('60 joins from one address are held, shown with their reasons, and gone after one call', async () => {
  services = openServices(db)
  const referred_by = await begin()
  await joinAll(people('fake', 60), referred_by, '203.0.113.77')
  await services.processAll()
  const { referrals } = await services.get('referrals', 'review?limit=200')
  expect(referrals).toHaveLength(60)
  expect(new Set(referrals.map((held: { network_group: string }) => held.network_group)).size).toBe(
    1,
  )
  const signals = referrals[30].reasons.map(({ signal }: { signal: string }) => signal)
  expect(signals).toEqual(expect.arrayContaining(['same_network', 'same_device']))
  expect(await entryOfLeader()).toMatchObject({ score: 5, referrals: 0, position: 11 })
  expect(await earned()).toMatchObject({ earned: false, codes_available: 0 })
  // So many suspect referrals pause the invites at once.
  expect((await services.get('quality', 'trust-score')).invites_paused).toBe(true)
  expect(await wrongCounts()).toEqual([])

  const report = await block()
  expect(report).toMatchObject({ matched: 60, changed: 60, pending: 0 })
  await services.processAll()
  expect((await services.get('referrals', 'review')).referrals).toEqual([])
  expect(await services.get('referrals', 'leaderboard')).toEqual([])
  expect((await services.get('quality', 'trust-score')).invites_paused).toBe(false)
  expect(await wrongCounts()).toEqual([])
  expect(await services.findWrong()).toEqual([])
})

test('60 joins from one address with other names and user agents each are held as well', async () => {
  services = openServices(db)
  const referred_by = await begin()
  const named = people('x', 60).map((_, n) => {
    const letters = [n, n * 7, n * 11, n * 13].map((code) => String.fromCharCode(97 + (code % 26)))
    return { email: `${letters.join('')}q${'abc'[n % 3]}@example.com`, agent: `browser ${n}` }
  })
  for (const { email, agent } of named)
    await services.join({ email, agent, referred_by, address: '203.0.113.77' })
  await services.processAll()
  const { referrals } = await services.get('referrals', 'review?limit=200')
  expect(referrals).toHaveLength(60)
  expect(await entryOfLeader()).toMatchObject({ score: 5, referrals: 0 })
  expect(await earned()).toMatchObject({ earned: false, codes_available: 0 })
})

test('34 referrals that counted are taken back after the leader was released, and earn no more', async () => {
  // Nobody noticed at first.
  services = openServices(db, { FRAUD_WEIGHTS: JSON.stringify({ bias: -20, crowded_network: 0 }) })
  const referred_by = await begin()
  await joinAll(people('fake', 34), referred_by, '203.0.113.77')
  await services.processAll()
  expect(await entryOfLeader()).toMatchObject({ score: 55, referrals: 34, position: 1 })
  await services.post('waitlist', 'release', { count: 2 })
  await services.processAll()
  expect(await entryOfLeader()).toMatchObject({ status: 'invited' })
  const codes = await liveCodes()
  const { codes_available } = await earned()
  expect(codes).toHaveLength(1 + codes_available)
  // A friend uses one of the earned codes: it stays.
  const [used] = codes
  await services.post('invites', 'redeem', { code: used, email: 'friend@example.com' })
  await services.processAll()

  const dry = await block({ dry_run: true })
  expect(dry.referrers).toMatchObject([
    {
      member_id: await memberId(),
      rank: { before: 1, after: null },
      counted: { before: 34, after: 0 },
      points: { before: 50, after: 0 },
      codes: { before: codes_available, after: 1, used: 1 },
    },
  ])
  expect(await entryOfLeader()).toMatchObject({ score: 55, referrals: 34 })
  const real = await block()
  expect({ ...real, review_id: null, dry_run: true }).toEqual(dry)
  await services.processAll()

  expect(await entryOfLeader()).toMatchObject({ status: 'invited', score: 5, referrals: 0 })
  expect(await liveCodes()).toEqual([])
  expect(await services.get('referrals', 'leaderboard')).toEqual([])
  const { rows } = await db.owner.query(`
    select sum(amount - voided)::int as stays, count(*) filter (where not is_claimed)::int as unclaimed,
           (select count(*)::int from referrals.reward_entries where kind = 'void') > 0 as is_recorded
    from referrals.user_rewards where voided < amount`)
  expect(rows).toEqual([{ stays: 1, unclaimed: 0, is_recorded: true }])

  await joinAll(people('late', 5), referred_by, '10.1.1.1')
  await services.processAll()
  expect(await entryOfLeader()).toMatchObject({ score: 5, referrals: 0 })
  expect(await earned()).toMatchObject({ codes_available: 0 })
  expect(await liveCodes()).toEqual([])
  expect(await wrongCounts()).toEqual([])
  expect(await services.findWrong()).toEqual([])
})
