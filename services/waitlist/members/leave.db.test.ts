// Leaving deletes the entry with everything that belongs to it. A person who joins again is new.
import { randomUUID } from 'node:crypto'
import { untilAccepted } from '@vobee/testing/busy'
import { asMember } from '@vobee/testing/members'
import { asAdmin } from '@vobee/testing/settings'
import { describe, expect, test } from 'vitest'
import { holdTable } from '../testing/held-table.ts'
import { personKey, useWaitlist } from '../testing/waitlist.ts'

const { db, app, join, read, post, crowd, idOf } = useWaitlist()

const ada = 'ada@example.com'
const leave = (headers: object = asMember(ada), replica = 0) =>
  post('leave', {}, headers as never, replica)

const rows = async (text: string) => (await db.owner.query(text)).rows

const off = async () => {
  const audit = (await read('status?audit=1')).json().audit
  return audit.filter(({ ok }: { ok: boolean }) => !ok)
}

const credit = (email: string) =>
  db.owner.query('select waitlist.publish($1, $2)', [
    'referrals.credited',
    {
      referrals: [
        {
          referral_id: randomUUID(),
          referrer: personKey(email),
          person: 'friend',
          at: new Date().toISOString(),
        },
      ],
    },
  ])

const processAll = async (replica = 0) => {
  while ((await app(replica).inbox.processBatch()) !== 0);
}

const left = async () =>
  (await rows(`select payload from referrals.inbox where event = 'waitlist.left'`)).flatMap(
    ({ payload }) => payload.entries,
  )

describe('a person who leaves', () => {
  test('no longer counts, loses their credits, and an event reaches referrals', async () => {
    await crowd(3)
    await join(ada, { persona: 'agency' })
    await credit(ada)
    await processAll()
    const id = await idOf(ada)
    const reply = await leave()
    expect([reply.statusCode, reply.json()]).toEqual([200, { status: 'success' }])
    expect((await read('stats', {})).json()).toMatchObject({ total: 3, waiting: 3 })
    expect(await rows('select * from waitlist.credits')).toEqual([])
    expect(await left()).toEqual([{ id, person: personKey(ada), at: expect.any(String) }])
    expect((await leave()).json().code).toBe('unknown_entry')
    expect(await left()).toHaveLength(1)
    expect(await off()).toEqual([])
  })

  test('joins again as new: at the end of the line, without credits, with another code', async () => {
    await join(ada)
    await credit(ada)
    await processAll()
    const code = (await read('me', asMember(ada) as never)).json().referral_code
    await leave()
    await crowd(1)
    await join(ada, { persona: 'agency' })
    const me = (await read('me', asMember(ada) as never)).json()
    expect(me).toMatchObject({ position: 2, score: 20, referrals: 0, counted_on: [] })
    expect(me.referral_code).not.toBe(code)
  })

  test('may be invited or redeemed, but a removed entry stays removed', async () => {
    for (const [status, answer] of [
      ['pending', 200],
      ['invited', 200],
      ['redeemed', 200],
      ['removed', 409],
    ] as const) {
      await join(ada)
      await db.owner.query('update waitlist.entries set status = $1', [status])
      expect((await leave()).statusCode).toBe(answer)
    }
    expect(await rows('select status from waitlist.entries')).toEqual([{ status: 'removed' }])
    expect(await off()).toEqual([])
  })

  test('gets the same reply for an Idempotency-Key, even after joining again', async () => {
    await join(ada)
    const headers = { ...asMember(ada), 'idempotency-key': randomUUID() }
    expect((await leave(headers)).statusCode).toBe(200)
    await join(ada)
    const again = await leave(headers)
    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([200, 'true'])
    expect(await rows('select from waitlist.entries')).toHaveLength(1)
  })

  test('must be a member', async () => {
    await join(ada)
    expect((await leave({})).statusCode).toBe(401)
    expect((await leave(asAdmin)).statusCode).toBe(403)
  })
})

test('leaving while joining, releasing, crediting and changing loses no count', async () => {
  await crowd(20)
  const people = Array.from({ length: 20 }, (_, n) => `n${n + 1}@example.com`)
  for (const email of people) await credit(email)
  const replies = await Promise.all([
    ...people.flatMap((email, n) =>
      [n, n + 1].map((replica) => untilAccepted(() => leave(asMember(email), replica))),
    ),
    ...people.map((email, n) => untilAccepted(() => join(email, { persona: 'agency' }, n))),
    ...people.map((email, n) =>
      untilAccepted(() =>
        app(n).inject({
          method: 'PATCH',
          url: '/api/waitlist/me',
          headers: asMember(email),
          payload: { persona: 'small_team' },
        }),
      ),
    ),
    untilAccepted(() => post('release', { count: 10, reason: 'r' })),
    processAll(0),
    processAll(1),
  ])
  const statuses = new Set(replies.flatMap((reply) => (reply ? [reply.statusCode] : [])))
  expect([...statuses].sort()).toEqual([200, 201, 404].filter((status) => statuses.has(status)))
  await processAll()
  expect(await off()).toEqual([])
})

test('many slow requests to leave do not block joins', async () => {
  await join(ada)
  const held = await holdTable(db, 'mail_counts')
  const requests = Array.from({ length: 12 }, () => leave())
  await held.awaited()
  const joined = await join('bob@example.com')
  await held.release()
  expect(joined.statusCode).toBe(201)
  const statuses = (await Promise.all(requests)).map(({ statusCode }) => statusCode)
  expect(statuses.sort()).toEqual([200, ...Array(11).fill(404)])
})
