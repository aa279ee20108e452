// What an admin undoes and ends for one entry, and what an operator sees of it.
import { randomUUID } from 'node:crypto'
import { asMember } from '@vobee/testing/members'
import { asAdmin } from '@vobee/testing/settings'
import { describe, expect, test } from 'vitest'
import { asReader, asWriter, personKey, useWaitlist } from '../../testing/waitlist.ts'

const { db, app, join, read, post, crowd, idOf } = useWaitlist()

const reason = 'by mistake'
const act = (id: string, what: string, headers: Record<string, string> = asWriter) =>
  app().inject({
    method: 'POST',
    url: `/api/waitlist/entries/${id}/${what}`,
    payload: { reason },
    headers,
  })
const entry = async (id: string) => (await read(`entries/${id}`, asReader)).json()
const rows = async (text: string) => (await db.owner.query(text)).rows
// A denied action of the test before may be logged late.
const actions = () =>
  rows(`select act, subject, actor, reason from waitlist.audit where act <> 'denied' order by id`)
const published = (event: string) =>
  rows(`select payload from referrals.inbox where event = '${event}' order by id`)

describe('an entry', () => {
  test('has its position, score, referrals, wave and confirmation in one reply', async () => {
    await crowd(2)
    const code = (await entry(await idOf('n1@example.com'))).referral_code
    await join('friend@example.com', { referred_by: code.toLowerCase(), metadata: { team: 3 } })
    await db.owner.query(`update waitlist.entries set confirmed_at = now() where email like 'n1%'`)
    const { wave_id } = (await post('release', { count: 1, reason: 'first' })).json()
    const id = await idOf('n1@example.com')
    const [listed] = (await read(`entries?wave_id=${wave_id}`)).json().entries
    expect(await entry(id)).toEqual({
      ...listed,
      id,
      status: 'invited',
      position: null,
      wave_id,
      wave: { created_at: expect.stringMatching(/Z$/), by: 'env', reason: 'first' },
      confirmed_at: expect.any(String),
      total_waiting: 2,
      estimated_wait: null,
      estimated_wait_days: null,
      referrer_id: null,
      joined_by_code: 1,
      removed_at: null,
      mail_stopped_at: null,
      share_url: `http://localhost:8000/r/${code}`,
    })
    expect(await entry(await idOf('friend@example.com'))).toMatchObject({
      position: 2,
      estimated_wait: '1-2 days',
      score_parts: { answers: 5, referrals: 0, adjusted: 0 },
      referrer_id: id,
      wave: null,
      metadata: { team: 3 },
    })
  })

  test('that never was is 404, and needs a key that reads', async () => {
    const unknown = await read(`entries/${randomUUID()}`)
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'unknown_entry'])
    expect((await read('entries/1')).statusCode).toBe(400)
    expect((await read(`entries/${randomUUID()}`, asWriter)).statusCode).toBe(403)
  })
})

describe('a restored entry', () => {
  test('has its arrival, score and position again, and is logged once', async () => {
    await crowd(10)
    const id = await idOf('n6@example.com')
    const before = await entry(id)
    expect(before.position).toBe(2)
    expect((await act(id, 'remove')).json()).toMatchObject({ status: 'success' })
    await join('later@example.com', { persona: 'agency' })
    expect(await entry(id)).toMatchObject({ status: 'removed', removed_at: expect.any(String) })
    const restored = await act(id, 'restore')
    expect([restored.statusCode, restored.json()]).toEqual([
      200,
      { status: 'success', id, restored: true },
    ])
    expect(await entry(id)).toEqual({ ...before, total_waiting: 11 })
    expect((await act(id, 'restore')).json()).toMatchObject({ restored: false })
    const by = { subject: id, actor: 'writer', reason }
    expect(await actions()).toEqual([
      { act: 'waitlist.removed', ...by },
      { act: 'waitlist.restored', ...by },
    ])
    expect(await published('waitlist.confirmed')).toEqual([])
  })

  test('is pending again if it was, and waits if it was confirmed meanwhile', async () => {
    await crowd(3)
    await db.owner.query(
      `update waitlist.entries set status = 'pending' where email not like 'n3%'`,
    )
    const [first, second] = [await idOf('n1@example.com'), await idOf('n2@example.com')]
    for (const id of [first, second]) await act(id, 'remove')
    await db.owner.query(`update waitlist.entries set confirmed_at = now() where id = '${second}'`)
    for (const id of [first, second]) await act(id, 'restore')
    expect((await entry(first)).status).toBe('pending')
    expect(await entry(second)).toMatchObject({ status: 'waiting', position: 1 })
    const [event, ...others] = await published('waitlist.confirmed')
    expect(event.payload.entries).toMatchObject([{ id: second }])
    expect(others).toEqual([])
  })

  test('waits if a previous version removed it, and an invited entry stays invited', async () => {
    await crowd(2)
    const id = await idOf('n2@example.com')
    await db.owner.query(`update waitlist.entries set status = 'removed' where id = '${id}'`)
    await post('release', { count: 1 })
    expect((await act(id, 'restore')).json().restored).toBe(true)
    expect(await entry(id)).toMatchObject({ status: 'waiting', position: 1 })
    const invited = await idOf('n1@example.com')
    expect((await act(invited, 'restore')).json().restored).toBe(false)
    expect((await entry(invited)).status).toBe('invited')
  })
})

test('restoring races with removing, releasing, erasing and joining, and each entry ends in one state', async () => {
  await crowd(24)
  const emails = Array.from({ length: 24 }, (_, n) => `n${n + 1}@example.com`)
  const ids = await Promise.all(emails.map(idOf))
  await Promise.all(ids.filter((_, n) => n % 2 === 0).map((id) => act(id, 'remove')))
  const each = (what: string) =>
    ids.map((id, n) => () => post(`entries/${id}/${what}`, { reason }, asAdmin, n))
  const others = [
    ...emails.slice(0, 12).map((email) => () => join(email, { persona: 'agency' }, 1)),
    ...Array.from({ length: 6 }, (_, n) => () => post('release', { count: 2 }, asAdmin, n)),
    ...Array.from({ length: 12 }, (_, n) => () => join(`late${n}@example.com`)),
  ]
  const racers = [
    ...each('restore'),
    ...each('remove').slice(0, 8),
    ...each('erase').slice(18),
    ...others,
  ]
  const mixed = racers.map((run, n) => ({ run, order: (n * 7919) % racers.length }))
  mixed.sort((one, other) => one.order - other.order)
  const replies = await Promise.all(mixed.map(({ run }) => run()))
  // 409: removed after it was released; 410: restored or removed after it was erased.
  expect(replies.filter(({ statusCode }) => ![200, 201, 409, 410].includes(statusCode))).toEqual([])
  const line = (await read('entries?status=waiting&limit=200')).json().entries
  const positions = line.map(({ position }: { position: number }) => position)
  expect(positions).toEqual(positions.map((_: number, n: number) => n + 1))
  const changes = await rows(`
    select entry.status, count(*) filter (where act = 'waitlist.removed')
             - count(*) filter (where act = 'waitlist.restored') as removals
    from waitlist.entries as entry left join waitlist.audit on subject = entry.id::text
    group by entry.id, entry.status`)
  for (const { status, removals } of changes)
    expect([status, Number(removals)]).toEqual([status, status === 'removed' ? 1 : 0])
  expect(await rows(`select from waitlist.audit where act = 'waitlist.erased'`)).toHaveLength(6)
  const { audit } = (await read('status?audit=1')).json()
  expect(audit.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])
})

describe('an erased entry', () => {
  const email = 'n1@example.com'
  const erased = async () => {
    await crowd(2)
    const id = await idOf(email)
    const named = { reason: `N1+x@example.com asked, see ${personKey(email)}` }
    const reply = await post(`entries/${id}/erase`, named, asWriter)
    expect([reply.statusCode, reply.json()]).toEqual([200, { status: 'success', id }])
    return id
  }

  test('is gone with its person from every row, and the other services learn of it', async () => {
    const id = await erased()
    const [{ left }] = await rows(`
      select count(*)::int as left from waitlist.entries where person = '${personKey(email)}'`)
    expect(left).toBe(0)
    const [{ payload }] = await rows(
      `select payload from invites.inbox where event = 'person.erased'`,
    )
    expect(payload).toMatchObject({ person: personKey(email) })
    const [{ act, subject, reason, ...others }] = await actions()
    expect([act, subject, others]).toEqual(['waitlist.erased', id, { actor: 'writer' }])
    expect(reason).toBe(`${payload.pseudonym} asked, see ${payload.pseudonym}`)
  })

  test('is 410 from then on, and a repeated erasure changes nothing', async () => {
    const id = await erased()
    for (const what of ['restore', 'remove']) {
      const reply = await act(id, what)
      expect([what, reply.statusCode, reply.json().code]).toEqual([what, 410, 'entry_erased'])
    }
    expect((await read(`entries/${id}`)).statusCode).toBe(410)
    expect((await act(id, 'erase')).json()).toEqual({ status: 'success', id })
    expect(await actions()).toHaveLength(1)
    expect((await act(randomUUID(), 'erase')).statusCode).toBe(404)
  })

  test('is also one whose member erased it, but not one whose member left', async () => {
    await crowd(2)
    const [first, second] = [await idOf(email), await idOf('n2@example.com')]
    const asFirst = { url: '/api/waitlist/me', headers: asMember(email) }
    await app().inject({ method: 'DELETE', ...asFirst })
    await post('leave', {}, asMember('n2@example.com'))
    expect((await act(first, 'restore')).statusCode).toBe(410)
    expect((await act(second, 'restore')).statusCode).toBe(404)
  })

  test('is erased once by concurrent requests on two replicas', async () => {
    await crowd(3)
    const id = await idOf(email)
    const payload = { reason }
    const url = `/api/waitlist/entries/${id}/erase`
    const requests = Array.from({ length: 8 }, (_, n) =>
      app(n).inject({ method: 'POST', url, payload, headers: asAdmin }),
    )
    const codes = (await Promise.all(requests)).map(({ statusCode }) => statusCode)
    expect(codes).toEqual(Array(8).fill(200))
    expect(await actions()).toHaveLength(1)
    expect(await rows(`select from invites.inbox where event = 'person.erased'`)).toHaveLength(1)
  })
})
