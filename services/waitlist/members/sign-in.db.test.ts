import { createHash } from 'node:crypto'
import { untilAccepted } from '@vobee/testing/busy'
import { asBearer, asMember } from '@vobee/testing/members'
import { beforeEach, describe, expect, test } from 'vitest'
import { consumeLink, createLink, deleteExpiredLinks, type Purpose } from '../mail/links.ts'
import { useWaitlist } from '../testing/waitlist.ts'

const { db, app, join, read, post, idOf } = useWaitlist()

let ada: string

beforeEach(async () => {
  await join('ada@example.com')
  ada = await idOf('ada@example.com')
})

const link = (purpose: Purpose = 'sign_in', id = ada) => createLink(db.owner, id, purpose)
const signIn = (token: unknown, replica = 0) => post('sign-in', { token }, {}, replica)
const rows = async () => (await db.owner.query('select * from waitlist.links')).rows

/** Asserts that a token is rejected, and that trying it changed nothing. */
const refused = async (token: string, code: string) => {
  const before = await rows()
  const reply = await signIn(token)
  expect([reply.statusCode, reply.json().code]).toEqual([401, code])
  expect(reply.headers['www-authenticate']).toBe('Bearer')
  expect(reply.json().detail).toContain('POST /api/waitlist/link')
  expect(await rows()).toEqual(before)
}

describe('signing in', () => {
  test("exchanges a link's token for a member token of one hour", async () => {
    const reply = await signIn(await link())
    expect(reply.statusCode).toBe(200)
    expect(reply.headers['cache-control']).toBe('no-store')
    expect(reply.json()).toEqual({ member_token: expect.any(String), expires_in: 3600 })
    const place = await read('position', asBearer(reply.json().member_token))
    expect([place.statusCode, place.json().position]).toEqual([200, 1])
  })

  test('works once: of 64 concurrent requests with one token one succeeds', async () => {
    const token = await link()
    const replies = await Promise.all(
      Array.from({ length: 64 }, (_, n) => untilAccepted(() => signIn(token, n))),
    )
    const statuses = replies.map((reply) => reply.statusCode)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    const codes = replies.map((reply) => reply.json().code).filter(Boolean)
    expect(codes).toEqual(Array(63).fill('link_used'))
    await refused(token, 'link_used')
  })

  test('repeats a lost reply for its Idempotency-Key', async () => {
    const token = await link()
    const keyed = (key: string) => post('sign-in', { token }, { 'idempotency-key': key } as object)
    expect((await keyed('one')).statusCode).toBe(200)
    const again = await keyed('one')
    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([200, 'true'])
    const own = await read('position', asBearer(again.json().member_token))
    expect(own.statusCode).toBe(200)
    expect((await keyed('two')).json().code).toBe('link_used')
    const { rows } = await db.owner.query('select effect::text from waitlist.idempotency')
    expect(rows).toEqual([{ effect: `"${ada}"` }])
    await db.owner.query('delete from waitlist.entries')
    expect((await keyed('one')).json().code).toBe('idempotency_effect_gone')
  })

  test('is rejected with an expired link', async () => {
    const token = await link()
    await db.owner.query(`update waitlist.links set expires_at = now()`)
    await refused(token, 'link_expired')
  })

  test('is rejected with a link for another purpose', async () => {
    await refused(await link('confirm'), 'link_invalid')
    await refused(await link('unsubscribe'), 'link_invalid')
  })

  test('is rejected with a changed or unknown token, or one of a deleted entry', async () => {
    const token = await link()
    await refused(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`, 'link_invalid')
    await refused(token.toUpperCase(), 'link_invalid')
    await refused('x', 'link_invalid')
    await db.owner.query('delete from waitlist.entries')
    await refused(token, 'link_invalid')
  })

  test('reports every error of the body, and has no GET', async () => {
    for (const payload of [{}, { token: '' }, { token: 1 }, { token: 'x', email: 'a@b.c' }]) {
      const reply = await post('sign-in', payload, {})
      expect([reply.statusCode, reply.json().code]).toEqual([400, 'invalid_input'])
    }
    const token = await link()
    const got = await app().inject({ url: `/api/waitlist/sign-in?token=${token}` })
    expect([got.statusCode, got.headers.allow]).toEqual([405, 'POST'])
    expect((await signIn(token)).statusCode).toBe(200)
  })
})

describe('a link', () => {
  test('is stored as the hash of 256 random bits, for the lifetime of its purpose', async () => {
    const hours: Record<Purpose, number> = { confirm: 168, sign_in: 1, unsubscribe: 8760 }
    for (const [purpose, lasts] of Object.entries(hours) as [Purpose, number][]) {
      const token = await link(purpose)
      expect(token).toMatch(/^[\w-]{43}$/)
      const hash = createHash('sha256').update(token).digest()
      const [row] = (await rows()).filter((one) => one.purpose === purpose)
      expect(row).toMatchObject({ hash, entry_id: ada, used_at: null })
      expect(Math.round((row.expires_at - row.created_at) / 3_600_000)).toBe(lasts)
    }
  })

  test('to unsubscribe works repeatedly, until it expires', async () => {
    const token = await link('unsubscribe')
    const take = () => consumeLink(db.owner, token, 'unsubscribe')
    const consumed = { outcome: 'consumed', entry_id: ada, email: 'ada@example.com' }
    expect(await take()).toMatchObject(consumed)
    const [{ used_at }] = await rows()
    expect(await take()).toMatchObject(consumed)
    expect((await rows())[0].used_at).toEqual(used_at)
    await db.owner.query(`update waitlist.links set expires_at = now()`)
    expect(await take()).toMatchObject({ outcome: 'expired' })
  })

  test('is deleted a day after it expired, and not before', async () => {
    await link()
    const token = await link()
    await db.owner.query(
      `update waitlist.links set expires_at = now() - interval '23 hours'
       where hash = $1`,
      [createHash('sha256').update(token).digest()],
    )
    await deleteExpiredLinks(app().database)
    expect(await rows()).toHaveLength(2)
    await db.owner.query(`update waitlist.links set expires_at = expires_at - interval '2 hours'`)
    await deleteExpiredLinks(app().database)
    expect(await rows()).toHaveLength(1)
  })
})

describe('a member', () => {
  test.each(['entries', 'waves', 'scoring', 'status', 'audit'])(
    'has no business with %s, which need a key',
    async (path) => {
      const reply = await read(path, asMember('ada@example.com', ada))
      expect([reply.statusCode, reply.json().code]).toEqual([403, 'insufficient_scope'])
    },
  )

  test('with an invalid token is rejected on public routes too', async () => {
    const reply = await read('stats', asBearer('a.b.c'))
    expect([reply.statusCode, reply.json().code]).toEqual([401, 'token_invalid'])
    expect(reply.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
  })

  test('is not mistaken for another by an Idempotency-Key', async () => {
    const again = (email: string, name: string) =>
      app().inject({
        method: 'POST',
        url: '/api/waitlist/join',
        headers: { ...asMember(email), 'idempotency-key': 'one' },
        payload: { email: `${name}@example.com`, use_case: 'x', persona: 'other' },
      })
    expect((await again('n1@example.com', 'n1')).statusCode).toBe(201)
    expect((await again('n2@example.com', 'n2')).statusCode).toBe(201)
    const replayed = await again('N1+x@example.com', 'n1')
    expect([replayed.statusCode, replayed.headers['idempotent-replayed']]).toEqual([201, 'true'])
  })
})
