// A person names the code by which they came.
import { useDatabase } from '@vobee/testing/database'
import { asHostUser, asMember, hostSettings } from '@vobee/testing/members'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ReferralsSettings } from '../config.ts'
import {
  codeOf,
  emailOf,
  joiner,
  personOf,
  publishedTo,
  publisher,
  referralsOf,
  use,
} from '../testing/people.ts'

const db = useDatabase()
let app: FastifyInstance
const publish = publisher(db, () => app)
const join = (...entries: ReturnType<typeof joiner>[]) => publish('waitlist.joined', { entries })

beforeAll(() => {
  app = buildApp(testSettings(ReferralsSettings, db.urls.referrals, hostSettings))
})
afterAll(() => app.close())
beforeEach(db.empty)

const everyone = ['a', 'b', 'c', 'd', 'e']
const asUser = (name: string) => asHostUser(`host-${name}`, emailOf(name))
const track = (name: string, referralCode: string, more: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/api/referral/track',
    headers: { ...asUser(name), ...more },
    payload: { referralCode },
  })
const generate = async (name: string): Promise<string> => {
  const url = '/api/referral/generate-code'
  return (await app.inject({ method: 'POST', url, headers: asUser(name) })).json().code
}
const share = (inviter: string, recipient: string) =>
  app.inject({
    method: 'POST',
    url: '/api/referrals/share',
    headers: asAdmin,
    payload: { inviter_email: emailOf(inviter), recipient_email: emailOf(recipient) },
  })
const referrals = () => referralsOf(db, everyone)
const credits = () => publishedTo(db, 'waitlist', 'referrals.credited')
const idOf = async (name: string) => {
  const { rows } = await db.owner.query('select id from referrals.members where person = $1', [
    personOf(emailOf(name)),
  ])
  return rows[0]?.id
}

describe('a host user who names a code', () => {
  test('counts for its owner, and as signed up, once', async () => {
    await join(joiner('a'))
    const reply = await track('b', codeOf('a').toLowerCase())
    expect(reply.statusCode).toBe(201)
    expect(reply.json()).toEqual({
      message: 'Referral tracked successfully',
      referralId: expect.any(String),
      referrerUserId: await idOf('a'),
    })
    expect(await referrals()).toEqual(['a → b code counted pending'])
    expect(await credits()).toMatchObject([
      { referral_id: reply.json().referralId, person: personOf(emailOf('b')) },
    ])
    const { rows } = await db.owner.query(
      'select joined_at is not null as has_joined from referrals.members where host_user_id = $1',
      ['host-b'],
    )
    expect(rows).toEqual([{ has_joined: true }])
    const again = await track('b', codeOf('a'))
    expect([again.statusCode, again.json().code]).toEqual([409, 'already_referred'])
  })

  test('succeeds once of 64 calls at once', async () => {
    await join(joiner('a'), joiner('c'))
    const calls = Array.from({ length: 64 }, (_, n) => track('b', codeOf(n % 2 ? 'a' : 'c')))
    const statuses = (await Promise.all(calls)).map(({ statusCode }) => statusCode)
    expect(statuses.filter((status) => status === 201)).toHaveLength(1)
    expect(statuses.filter((status) => status === 409)).toHaveLength(63)
    expect(await credits()).toHaveLength(1)
  })

  test('gets the same reply again with an Idempotency-Key', async () => {
    await join(joiner('a'))
    const key = { 'idempotency-key': 'once' }
    const [first, again] = [await track('b', codeOf('a'), key), await track('b', codeOf('a'), key)]
    expect([again.statusCode, again.json()]).toEqual([201, first.json()])
  })

  test('stays referred by its owner when a join with another code arrives later', async () => {
    await join(joiner('a'), joiner('c'))
    await track('b', codeOf('a'))
    await join(joiner('b', { by: 'c' }))
    expect(await referrals()).toEqual(['a → b code counted pending'])
  })

  test('takes precedence over the claim of another member, and renews one of the same', async () => {
    await join(joiner('a'))
    await share('c', 'b')
    const { referral_id } = (await share('a', 'b')).json()
    expect((await track('b', codeOf('a'))).json().referralId).toBe(referral_id)
    await join(joiner('b'))
    expect(await referrals()).toEqual(['a → b code counted pending', 'c → b share claimed pending'])
  })

  test('has converted if they redeemed an invite before', async () => {
    await join(joiner('a'))
    await publish('invites.used', { uses: [use('b')] })
    await track('b', codeOf('a'))
    expect(await referrals()).toEqual(['a → b code counted converted'])
  })

  test('may name a valid code after a join with an expired one', async () => {
    const old = await generate('a')
    await db.owner.query('update referrals.referral_codes set expires_at = now()')
    await join(joiner('b', { referred_by: old }))
    expect(await referrals()).toEqual(['a → b code void code_expired pending'])
    expect((await track('b', await generate('a'))).statusCode).toBe(201)
    expect(await referrals()).toEqual(['a → b code counted pending'])
  })
})

test('a member of the waitlist without a referrer counts as soon as they have confirmed', async () => {
  await join(joiner('a'), joiner('b', { confirmed: false }))
  const reply = await app.inject({
    method: 'POST',
    url: '/api/referrals/track',
    headers: asMember(emailOf('b')),
    payload: { referralCode: codeOf('a') },
  })
  expect(reply.statusCode).toBe(201)
  expect(await referrals()).toEqual(['a → b code joined pending'])
})

describe('a code that cannot be used', () => {
  const rejected = async (name: string, code: string) => {
    const before = await referrals()
    const reply = await track(name, code)
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'invalid_referral_code'])
    expect(await referrals()).toEqual(before)
    return reply.json().detail
  }

  test('is unknown, the own one by any spelling of the address, or expired', async () => {
    expect(await rejected('b', 'UNKNOWN')).toContain('no such')
    await join(joiner('a'))
    expect(await rejected('a', codeOf('a'))).toContain('your own')
    const headers = asHostUser('another', 'A+tag@example.com')
    const spelled = await app.inject({
      method: 'POST',
      url: '/api/referrals/track',
      headers,
      payload: { referralCode: codeOf('a') },
    })
    expect(spelled.json()).toMatchObject({
      code: 'invalid_referral_code',
      detail: expect.stringContaining('your own'),
    })
    await db.owner.query('update referrals.referral_codes set expires_at = now()')
    expect(await rejected('b', codeOf('a'))).toContain('expired')
  })

  test('is that of a blocked member, also in a join', async () => {
    await join(joiner('a'))
    await db.owner.query('update referrals.members set blocked_at = now()')
    expect(await rejected('b', codeOf('a'))).toContain('expired')
    await join(joiner('c', { by: 'a' }))
    expect(await referrals()).toEqual(['a → c code void blocked pending'])
    expect(await credits()).toEqual([])
  })

  test('would close a ring of five', async () => {
    const codes = Object.fromEntries(
      await Promise.all(everyone.map(async (name) => [name, await generate(name)])),
    )
    for (const [referrer, referred] of ['ab', 'bc', 'cd', 'de'])
      await track(referred as string, codes[referrer as string])
    expect(await rejected('a', codes.e)).toContain('ring')
    expect(await referrals()).toHaveLength(4)
  })

  test.each(['', ' ', 'x'.repeat(51), 'a\0b', 7])(
    'is no text of 1 to 50 characters: %o',
    async (code) => {
      const reply = await track('b', code as string)
      expect([reply.statusCode, reply.json().code]).toEqual([400, 'invalid_input'])
    },
  )
})

test('five people who join in a ring make four referrals, in any order of the joins', async () => {
  const joins = everyone.map((name, n) => joiner(name, { by: everyone[(n + 4) % 5] as string }))
  for (const order of [
    [0, 1, 2, 3, 4],
    [4, 2, 0, 3, 1],
  ]) {
    await db.empty()
    for (const n of order) await join(joins[n] as ReturnType<typeof joiner>)
    const states = (await referrals()).map((words) => words.split(' ').slice(4).join(' '))
    expect(states.sort()).toEqual([...Array(4).fill('counted pending'), 'void ring pending'])
    expect(await credits()).toHaveLength(4)
  }
})

test('a key and a visitor cannot track or generate', async () => {
  for (const path of ['track', 'generate-code']) {
    const call = (headers: Record<string, string>) =>
      app.inject({ method: 'POST', url: `/api/referrals/${path}`, headers, payload: {} })
    expect((await call({})).statusCode).toBe(401)
    expect((await call(asAdmin)).statusCode).toBe(403)
  }
})
