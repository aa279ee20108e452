// Fraud scores as events arrive: who is held, why, and what is forgotten.
import { useDatabase } from '@vobee/testing/database'
import { asMember } from '@vobee/testing/members'
import { testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { cleanUp } from '../jobs.ts'
import { emailOf, inSeconds, joiner, personOf, publisher } from '../testing/people.ts'
import { fitCommand } from './fit-command.ts'
import { defaultWeights } from './weights.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals))
})
afterAll(() => app.close())
beforeEach(db.empty)

const publish = publisher(db, () => app)
const rows = async (text: string) => (await db.owner.query(text)).rows

type Look = { network?: string; device?: string; lookalike?: string; disposable?: boolean }
type Joining = Look & { by?: string; after?: number }

const friend = (name: string, { by = 'ada', after = 0, ...look }: Joining = {}) =>
  joiner(name, {
    by,
    confirmed: false,
    at: inSeconds(after),
    signals: { network: null, device: null, lookalike: null, disposable: false, ...look },
  })

const leader = (network = 'home') =>
  publish('waitlist.joined', {
    entries: [joiner('ada', { at: inSeconds(-86_400), signals: { ...noSignals, network } })],
  })
const noSignals = { network: null, device: null, lookalike: null, disposable: false }

const confirm = (names: string[], after: number, automated: boolean | null = false) =>
  publish('waitlist.confirmed', {
    entries: names.map((name) => ({
      id: joiner(name).id,
      person: personOf(emailOf(name)),
      at: inSeconds(after),
      automated,
    })),
  })

const numbered = (name: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => `${name}${from + n}`)

const states = async () =>
  rows(`
    select state, count(*)::int as referrals, min(fraud_score) as least, max(fraud_score) as most
    from referrals.referrals group by state order by state`)

const sameDevice = { network: 'home', device: 'phone' }

test('60 joins from one device with one code are held, those that counted first as well', async () => {
  await leader()
  const friends = numbered('friend', 5)
  await publish('waitlist.joined', {
    entries: friends.map((name) => friend(name, { network: `of ${name}`, after: -3600 })),
  })
  await confirm(friends, -3400)
  // A batch for each is what one person who joins sixty times gets.
  for (let n = 0; n < 60; n += 4) {
    const fakes = numbered('fake', 4, n)
    await publish('waitlist.joined', { entries: fakes.map((name) => friend(name, sameDevice)) })
    await confirm(fakes, 40)
  }
  const [counted, held] = await states()
  expect(counted).toMatchObject({ state: 'counted', referrals: 5 })
  expect(counted.most).toBeLessThan(10)
  expect(held).toMatchObject({ state: 'held', referrals: 60 })
  const net = await rows(`
    select sum(case event when 'referrals.credited' then 1 else -1 end
      * jsonb_array_length(payload -> 'referrals'))::int as credits
    from waitlist.inbox where event in ('referrals.credited', 'referrals.voided')`)
  expect(net).toEqual([{ credits: 5 }])
})

test('a family of five who share a network and some devices counts', async () => {
  await leader()
  const family = ['ben', 'cleo', 'dan', 'eva']
  await publish('waitlist.joined', {
    entries: family.map((name, n) =>
      friend(name, { network: 'home', device: n < 2 ? 'tablet' : name, lookalike: 'miller' }),
    ),
  })
  await confirm(family, 60)
  expect(await states()).toMatchObject([{ state: 'counted', referrals: 4 }])
})

test('the reasons say what a reviewer needs, and contain no hash', async () => {
  await leader()
  await publish('waitlist.joined', {
    entries: numbered('fake', 6).map((name) =>
      friend(name, { ...sameDevice, lookalike: 'fake', disposable: true }),
    ),
  })
  await confirm(['fake0'], 3, true)
  const [{ fraud_reasons }] = await rows(`
    select fraud_reasons from referrals.referrals order by jsonb_array_length(fraud_reasons) desc limit 1`)
  expect(
    Object.fromEntries(fraud_reasons.map((reason: { signal: string }) => [reason.signal, reason])),
  ).toMatchObject({
    referrer_network: { value: 1 },
    same_network: { data: { others: 5 } },
    same_device: { data: { others: 5 } },
    lookalike: { value: 1, data: { others: 4 } },
    disposable: { value: 1 },
    burst: { data: { in_hour: 6, usual: 0 } },
    automated: { value: 1 },
    fast_confirmation: { data: { seconds: 3 } },
  })
  expect(JSON.stringify(fraud_reasons)).not.toMatch(/home|phone|fake/)
})

test('repeated events change nothing, and the order of join and confirmation does not matter', async () => {
  await leader()
  const fakes = numbered('fake', 3)
  const join = () => publish('waitlist.joined', { entries: fakes.map((name) => friend(name)) })
  const score = () => rows('select fraud_score, revision, state from referrals.referrals')
  await confirm(fakes, 3, true)
  await join()
  const first = await score()
  expect(first[0].fraud_score).toBeGreaterThan(10)
  await join()
  await confirm(fakes, 3, true)
  expect(await score()).toEqual(first)
})

test('a referrer who joins later is compared with those whom they referred from their network', async () => {
  const network = 'home'
  await publish('waitlist.joined', { entries: [joiner('ada', { signals: null })] })
  await publish('waitlist.joined', { entries: [friend('ben', { network })] })
  expect(await states()).toMatchObject([{ most: 0 }])
  await publish('waitlist.joined', {
    entries: [joiner('ada', { signals: { ...noSignals, network } })],
  })
  const [{ reasons }] = await rows('select fraud_reasons as reasons from referrals.referrals')
  expect(reasons).toMatchObject([{ signal: 'referrer_network' }])
})

test('signals that arrive while the referrer is blocked hold the referrals after the block', async () => {
  await leader()
  const fakes = numbered('fake', 20)
  const block = (at: string) => db.owner.query(`update referrals.members set blocked_at = ${at}`)
  const joinWith = (look: Look) =>
    publish('waitlist.joined', { entries: fakes.map((name) => friend(name, look)) })
  await block('now()')
  await joinWith({})
  await joinWith(sameDevice)
  expect(await states()).toMatchObject([{ state: 'void' }])
  await block('null')
  await confirm(fakes, 600)
  expect(await states()).toMatchObject([{ state: 'held', referrals: 20 }])
})

test('signals are deleted after 30 days and with the person; scores never fall', async () => {
  await leader()
  const fakes = numbered('fake', 20)
  await publish('waitlist.joined', { entries: fakes.map((name) => friend(name, sameDevice)) })
  const held = await states()
  expect(held).toMatchObject([{ state: 'held', referrals: 20 }])
  const headers = asMember(emailOf('fake0'))
  await app.inject({ method: 'DELETE', url: '/api/referrals/me', headers })
  const left = () => rows('select count(*)::int from referrals.join_signals')
  expect(await left()).toEqual([{ count: 20 }])
  await db.owner.query(
    `update referrals.join_signals set received_at = now() - interval '30 days 1 minute'
     where network = 'home' and user_id <> (select id from referrals.members where person = $1)`,
    [personOf(emailOf('fake1'))],
  )
  await cleanUp(app.database)
    .find(({ name }) => name === 'delete-join-signals')
    ?.run()
  expect(await left()).toEqual([{ count: 1 }])
  expect(await rows('select action, details from referrals.automation_logs')).toEqual([
    { action: 'delete_join_signals', details: { count: 19 } },
  ])
  await confirm(['fake1', 'fake2'], 600)
  expect(await states()).toEqual(held)
})

test('the signals of a person who was erased while their join waited are dropped', async () => {
  await leader()
  const erased = { ...friend('ben', sameDevice), person: 'erased-5f0c' }
  await publish('waitlist.joined', { entries: [erased, friend('cleo', sameDevice)] })
  const stored = await rows(`
    select person, network, device from referrals.join_signals
    join referrals.members on members.id = user_id where referrer_user_id is not null
    order by person like 'erased-%' desc`)
  expect(stored).toEqual([
    { person: 'erased-5f0c', network: null, device: null },
    { person: personOf(emailOf('cleo')), ...sameDevice },
  ])
})

test('fitting asks for more reviews while there are few', async () => {
  await leader()
  const fakes = numbered('fake', 20)
  await publish('waitlist.joined', { entries: fakes.map((name) => friend(name, sameDevice)) })
  await db.owner.query(`update referrals.referrals set decision = 'voided', state = 'void',
    reason = 'fraud'`)
  const printed: string[] = []
  const settings = { FRAUD_HOLD: 60, FRAUD_WEIGHTS: defaultWeights }
  expect(await fitCommand(app.database, settings, (text) => printed.push(text))).toBe(1)
  expect(printed).toEqual([
    '20 reviewed referrals with signals: 20 frauds, 0 approved.',
    expect.stringMatching(/^Fitting needs 50, and 10 of each kind\./),
  ])
})

test('a leader who joins again does not score all their referrals again', async () => {
  await leader()
  await db.owner.query(`
    with friends as (
      insert into referrals.members (person, joined_at) select 'f' || n, now()
      from generate_series(1, 300) as n returning id
    ), referred as (
      insert into referrals.referrals (referrer_user_id, referred_user_id, source, state, standing)
      select ada.id, friends.id, 'code', 'joined', 'clean'
      from friends cross join (select id from referrals.members where entry_id is not null) as ada
      returning referrer_user_id, referred_user_id
    )
    insert into referrals.join_signals (user_id, referrer_user_id, linked_at, network)
    select referred_user_id, referrer_user_id, now(), 'home' from referred`)
  await leader()
  const [{ scored }] = await rows(
    'select count(*)::int as scored from referrals.referrals where fraud_score > 0',
  )
  expect(scored).toBe(100)
})
