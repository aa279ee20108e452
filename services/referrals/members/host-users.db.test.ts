// The users of the host application: one member each, whatever their address.
import { randomUUID } from 'node:crypto'
import { requireMember } from '@vobee/shared/auth/callers'
import { memberTokenVerifier } from '@vobee/shared/auth/members'
import { useDatabase } from '@vobee/testing/database'
import { asHostUser, asMember, hostSettings } from '@vobee/testing/members'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import { refreshPeople } from '../counting/refresh.ts'
import {
  consumerDeps,
  emailOf,
  inSeconds,
  joiner,
  personOf,
  publishedTo,
  publisher,
  referralsOf,
} from '../testing/people.ts'
import { findMember } from './find-member.ts'
import { memberIdentity } from './member-of.ts'

const db = useDatabase()
let app: FastifyInstance
let verify: ReturnType<typeof memberTokenVerifier>
const publish = publisher(db, () => app)

beforeAll(() => {
  const settings = testSettings(ReferralsSettings, db.urls.referrals, hostSettings)
  app = buildApp(settings)
  verify = memberTokenVerifier(settings)
})
afterAll(() => app.close())
beforeEach(db.empty)

/** Identifies the member of a token, as the routes do. */
const identify = async ({ authorization }: { authorization: string }) => {
  const memberOf = memberIdentity({
    db: app.database,
    refresh: (connection, people) => refreshPeople(connection, people, consumerDeps.terms),
    block: async () => {},
    log: app.log,
  })
  return memberOf(requireMember(await verify(authorization.slice('Bearer '.length))))
}
const hostUser = (sub: string, name: string) => identify(asHostUser(sub, emailOf(name)))

const members = async () => {
  const { rows } = await db.owner.query(
    `select id, person, host_user_id, masked, confirmed from referrals.members order by known_at, id`,
  )
  return rows
}
const logged = async () => {
  const { rows } = await db.owner.query(
    'select action, user_id, details from referrals.automation_logs order by created_at',
  )
  return rows
}

test('a host user is one member, confirmed, with a masked address', async () => {
  const ids = await Promise.all(Array.from({ length: 16 }, () => hostUser('7', 'ada')))
  expect(await members()).toEqual([
    {
      id: ids[0],
      person: personOf(emailOf('ada')),
      host_user_id: '7',
      masked: 'a***@e***.com',
      confirmed: true,
    },
  ])
  expect(new Set(ids)).toEqual(new Set([ids[0]]))
  expect(await identify(asMember('ADA+x@example.com'))).toBe(ids[0])
  expect(await logged()).toEqual([])
})

test('the token of the waitlist neither confirms a member nor removes the host user', async () => {
  const id = await identify(asMember(emailOf('ada')))
  expect(await members()).toMatchObject([{ id, confirmed: false, host_user_id: null }])
  expect(await hostUser('7', 'ada')).toBe(id)
  expect(await identify(asMember(emailOf('ada')))).toBe(id)
  expect(await members()).toMatchObject([{ id, confirmed: true, host_user_id: '7' }])
})

test('a person whose address the host verified counts for their referrer', async () => {
  const bob = joiner('bob', { by: 'alice', confirmed: false, masked: 'b***@e***.com' })
  await publish('waitlist.joined', { entries: [joiner('alice'), bob] })
  expect(await referralsOf(db, ['alice', 'bob'])).toEqual(['alice → bob code joined pending'])
  await hostUser('7', 'bob')
  expect(await referralsOf(db, ['alice', 'bob'])).toEqual(['alice → bob code counted pending'])
})

test('a host user with a new address stays the same member', async () => {
  const id = await hostUser('7', 'ada')
  expect(await hostUser('7', 'lovelace')).toBe(id)
  expect(await members()).toMatchObject([
    { id, person: personOf(emailOf('lovelace')), masked: 'l***@e***.com', host_user_id: '7' },
  ])
  expect(await logged()).toEqual([
    { action: 'address_changed', user_id: id, details: { from: id, to: id } },
  ])
  expect(await hostUser('8', 'ada')).not.toBe(id)
})

test('a payment of a host user converts their referral, whatever the address was then', async () => {
  const pay = (name: string) =>
    db.owner.query('insert into referrals.payments values ($1, now())', [personOf(emailOf(name))])
  const code = await app.inject({
    method: 'POST',
    url: '/api/referrals/generate-code',
    headers: asHostUser('1', emailOf('alice')),
    payload: {},
  })
  const track = (headers: { authorization: string }) =>
    app.inject({
      method: 'POST',
      url: '/api/referrals/track',
      headers,
      payload: { referralCode: code.json().code },
    })
  const statuses = async () =>
    (await db.owner.query('select distinct status from referrals.referrals')).rows
  // Paid before the new address, and after it with a referral from before.
  await hostUser('7', 'ada')
  await pay('ada')
  expect((await track(asHostUser('7', emailOf('lovelace')))).statusCode).toBe(201)
  expect(await statuses()).toEqual([{ status: 'converted' }])
  expect((await track(asHostUser('8', emailOf('bob')))).statusCode).toBe(201)
  await pay('rob')
  await hostUser('8', 'rob')
  expect(await statuses()).toEqual([{ status: 'converted' }])
})

test('a host user with the address of another member becomes that member', async () => {
  await publish('waitlist.joined', { entries: [joiner('lovelace')] })
  const [lovelace] = await members()
  const ada = await hostUser('7', 'ada')
  expect(await hostUser('7', 'lovelace')).toBe(lovelace.id)
  expect(await logged()).toEqual([
    { action: 'host_user_moved', user_id: lovelace.id, details: { from: ada, to: lovelace.id } },
  ])
  const owners = Object.fromEntries((await members()).map((row) => [row.id, row.host_user_id]))
  expect(owners).toEqual({ [lovelace.id]: '7', [ada]: null })
})

test('a blocked host user is blocked as the member of their next address too', async () => {
  const get = (name: string) =>
    app.inject({ url: '/api/referrals/stats', headers: asHostUser('7', emailOf(name)) })
  await publish('waitlist.joined', {
    entries: [joiner('ada'), joiner('lovelace'), joiner('bob', { by: 'lovelace' })],
  })
  await get('ada')
  const body = { action: 'block', referrer: '7', reason: 'a farm' }
  const url = '/api/referrals/review'
  await app.inject({ method: 'POST', url, headers: asAdmin, payload: body })
  expect((await get('lovelace')).json()).toMatchObject({ totalReferrals: 0 })
  await publish('waitlist.joined', { entries: [joiner('carol', { by: 'lovelace' })] })
  expect(await referralsOf(db, ['lovelace', 'bob', 'carol'])).toEqual([
    'lovelace → bob code void blocked pending',
    'lovelace → carol code void blocked pending',
  ])
  const blocked = "select payload from invites.inbox where event = 'referrals.blocked' order by id"
  const { rows } = await db.owner.query(blocked)
  expect(rows.map(({ payload }) => payload.people[0].person)).toEqual([
    personOf(emailOf('ada')),
    personOf(emailOf('lovelace')),
  ])
})

test.each([
  ['leader', 'second'],
  ['second', 'leader'],
])(
  'a host user, first %s and then %s, earns nothing for a referral of themselves',
  async (...names) => {
    const second = joiner('second', { by: 'leader' })
    await publish('waitlist.joined', { entries: [joiner('leader'), second] })
    const grants = await publishedTo(db, 'invites', 'referrals.earned')
    await publish('invites.created', { batch_id: 'EARNED', count: 1, grants, at: inSeconds(0) })
    await hostUser('7', names[0])
    expect(await referralsOf(db, names)).toEqual(['leader → second code counted pending'])
    for (const name of names) await hostUser('7', name)
    expect(await referralsOf(db, names)).toEqual([
      'leader → second code void self_referral pending',
    ])
    const { person } = second
    expect(await publishedTo(db, 'waitlist', 'referrals.voided')).toMatchObject([{ person }])
    expect(await publishedTo(db, 'invites', 'referrals.recalled')).toMatchObject([{ codes: 1 }])
  },
)

test('a person with a new account at the host keeps their member', async () => {
  const id = await hostUser('7', 'ada')
  expect(await hostUser('8', 'ada')).toBe(id)
  expect(await findMember(app.database, '8')).toBe(id)
})

test('a host user earns, shares and reads their quality as one member, whatever the address', async () => {
  const id = await hostUser('7', 'ada')
  const headers = asHostUser('7', emailOf('lovelace'))
  const share = await app.inject({
    method: 'POST',
    url: '/api/referrals/share',
    headers,
    payload: { inviter_email: emailOf('lovelace'), recipient_email: emailOf('bob') },
  })
  expect(share.statusCode).toBe(201)
  const { rows } = await db.owner.query('select referrer_user_id as id from referrals.referrals')
  expect(rows).toEqual([{ id }])
  const url = `/api/referrals/${emailOf('byron')}/quality`
  const moved = await app.inject({ url, headers: asHostUser('7', emailOf('byron')) })
  expect(moved.json()).toMatchObject({ referred_count: 1 })
})

test('a member is found by each of their ids, and no other text finds one', async () => {
  const ada = joiner('ada')
  await publish('waitlist.joined', { entries: [ada] })
  const id = await hostUser('host|7', 'ada')
  for (const known of [id, ada.id, id.toUpperCase(), 'host|7'])
    expect(await findMember(app.database, known)).toBe(id)
  for (const unknown of [randomUUID(), 'host|8', '', "'", 'x'.repeat(9_000)])
    expect(await findMember(app.database, unknown)).toBe(null)
  const again = joiner('ada', { at: inSeconds(9), referral_code: 'ANEW' })
  await publish('waitlist.joined', { entries: [again] })
  expect(await findMember(app.database, again.id)).toBe(id)
})

test('a host user exports and erases their data, also after a change of their address', async () => {
  await hostUser('7', 'ada')
  const headers = asHostUser('7', emailOf('lovelace'))
  const reply = await app.inject({ url: '/api/referrals/me/export', headers })
  expect(reply.json().member).toMatchObject({
    host_user_id: '7',
    masked_email: 'a***@e***.com',
    confirmed: true,
    confirmed_at: null,
  })
  await app.inject({ method: 'DELETE', url: '/api/referrals/me', headers })
  expect(await members()).toMatchObject([
    { person: expect.stringMatching(/^erased-/), host_user_id: null, masked: null },
  ])
})
