// Joins whose address is known to be theirs: by the token of a member, or because a key says so.
import { asMember } from '@vobee/testing/members'
import { expect, test } from 'vitest'
import { asReader, asWriter, personKey, useWaitlist } from '../testing/waitlist.ts'

const { db, app } = useWaitlist()

const ada = 'ada@example.com'
const join = (body: object, headers: Record<string, string> = {}) =>
  app().inject({
    method: 'POST',
    url: '/api/waitlist/join',
    payload: { email: ada, use_case: 'to see', persona: 'other', ...body },
    headers,
  })
const rows = async (text: string) => (await db.owner.query(text)).rows
const entries = () =>
  rows(
    'select status, confirmed_at is not null as confirmed from waitlist.entries order by arrival',
  )
const published = async () => {
  const found = await rows(
    `select payload from referrals.inbox where event = 'waitlist.confirmed' order by id`,
  )
  return found.flatMap(({ payload }) =>
    payload.entries.map(({ person }: { person: string }) => person),
  )
}
const logged = () => rows('select act, actor from waitlist.audit')

test('a member who joins is confirmed, and the referrer can be credited; nothing is logged', async () => {
  const reply = await join({ email: 'Ada+x@example.com', referred_by: 'FRIEND22' }, asMember(ada))
  expect(reply.statusCode).toBe(201)
  expect(await entries()).toEqual([{ status: 'waiting', confirmed: true }])
  expect(await published()).toEqual([personKey(ada)])
  expect(await logged()).toEqual([])
})

test('a member who joins somebody else confirms nobody', async () => {
  expect((await join({ email: 'bob@example.com' }, asMember(ada))).statusCode).toBe(201)
  expect(await entries()).toEqual([{ status: 'waiting', confirmed: false }])
  const denied = await join({ email: 'bob@example.com', confirmed: true }, asMember(ada))
  expect([denied.statusCode, denied.json().code]).toEqual([403, 'insufficient_scope'])
  // Logged after the response: not in the next test.
  await expect.poll(logged).toEqual([{ act: 'denied', actor: 'member' }])
})

test('a key that writes confirms an address, once and logged, also with an Idempotency-Key', async () => {
  expect((await join({ confirmed: false }, asWriter)).statusCode).toBe(201)
  expect(await entries()).toEqual([{ status: 'waiting', confirmed: false }])
  const again = { ...asWriter, 'idempotency-key': 'a' }
  const first = await join({ confirmed: true }, again)
  const second = await join({ confirmed: true }, again)
  expect(second.json()).toEqual(first.json())
  expect((await join({ confirmed: true }, asWriter)).statusCode).toBe(201)
  expect(await entries()).toEqual([{ status: 'waiting', confirmed: true }])
  expect(await published()).toEqual([personKey(ada)])
  expect(await logged()).toEqual([{ act: 'waitlist.confirmed', actor: 'writer' }])
})

test('a confirmed join takes the place of an entry that was pending', async () => {
  await join({})
  await db.owner.query(`update waitlist.entries set status = 'pending'`)
  await join({}, asMember(ada))
  expect(await entries()).toEqual([{ status: 'waiting', confirmed: true }])
})

test('nobody else may say that an address is confirmed, and then nobody joins', async () => {
  const visitor = await join({ confirmed: true })
  expect([visitor.statusCode, visitor.json().code]).toEqual([401, 'credential_required'])
  const reader = await join({ confirmed: true }, asReader)
  expect([reader.statusCode, reader.json().code]).toEqual([403, 'insufficient_scope'])
  expect(await entries()).toEqual([])
})
