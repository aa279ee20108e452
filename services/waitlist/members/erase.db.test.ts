// Erasing: no row of the waitlist names the person, and the other services erase them too.
import { randomUUID } from 'node:crypto'
import { findRows } from '@vobee/testing/find-rows'
import { asMember } from '@vobee/testing/members'
import { describe, expect, test } from 'vitest'
import { holdTable } from '../testing/held-table.ts'
import { personKey, useWaitlist } from '../testing/waitlist.ts'

const { db, app, join, read, post, crowd, idOf } = useWaitlist()

const ada = 'Ada+vobee@Example.com'
const person = personKey(ada)
const others = ['invites', 'referrals', 'quality_gates']

const erase = (email = ada, replica = 0) =>
  app(replica).inject({
    method: 'DELETE',
    url: '/api/waitlist/me',
    headers: asMember(email),
  })

const rows = async (text: string, values: unknown[] = []) =>
  (await db.owner.query(text, values)).rows

const found = (pattern: string) => findRows(db.owner, ['waitlist', 'waitlist_jobs'], pattern)
const anyOf = `${person}|vobee@example|(^|[^.])ada@example`

const off = async () => {
  const audit = (await read('status?audit=1')).json().audit
  return audit.filter(({ ok }: { ok: boolean }) => !ok)
}

const publish = (event: string, payload: object) =>
  db.owner.query('select waitlist.publish($1, $2)', [event, payload])

const credit = (email = ada) =>
  publish('referrals.credited', {
    referrals: [
      {
        referral_id: randomUUID(),
        referrer: personKey(email),
        person: 'friend',
        at: new Date().toISOString(),
      },
    ],
  })

const processAll = async (replica = 0) => {
  while ((await app(replica).inbox.processBatch()) !== 0);
}

/** Ada has an entry, credits, links, mails, logged actions, a wave, and events that wait. */
const adaEverywhere = async () => {
  await app().inject({
    method: 'POST',
    url: '/api/waitlist/join',
    headers: { 'idempotency-key': 'once' },
    payload: { email: ada, use_case: 'to see', persona: 'other', metadata: { also: ada } },
  })
  const id = await idOf(ada)
  await credit()
  await processAll()
  await db.owner.query(
    `insert into waitlist.links (hash, entry_id, purpose, expires_at)
     values ('x', $1, 'confirm', now() + interval '1 day')`,
    [id],
  )
  await post(`entries/${id}/score`, { by: 1, reason: 'ada@EXAMPLE.com, not linda.ada@example.com' })
  await post('release', { count: 1, filter: { q: 'ada@example.com' }, reason: `for ${ada}` })
  await credit()
  await publish('invites.used', { uses: 'broken', of: person })
  const mail = { batch_id: 'b', person, email: ada, codes: ['VOBEE-1'], count: 1 }
  await publish('invites.issued', { codes: [], mail })
  expect(await found(anyOf)).toHaveLength(8)
  return id
}

describe('an erased person', () => {
  test('is named in no row, and an event reaches every other service', async () => {
    await crowd(3)
    const id = await adaEverywhere()
    const reply = await erase()
    expect([reply.statusCode, reply.json()]).toEqual([200, { status: 'success' }])
    expect(await found(anyOf)).toEqual([])
    expect(await rows('select * from waitlist.links where entry_id = $1', [id])).toEqual([])
    const [act] = await rows(
      `select reason from waitlist.audit where act = 'waitlist.score_adjusted'`,
    )
    expect(act.reason).toMatch(/^erased-[0-9a-f]{24}, not linda.ada@example.com$/)
    for (const service of others) {
      const published = await rows(
        `select payload from ${service}.inbox where event = 'person.erased'`,
      )
      expect(published.map(({ payload }) => payload)).toEqual([
        { person, pseudonym: act.reason.split(',')[0], at: expect.any(String) },
      ])
    }
    expect((await read('stats', {})).json()).toMatchObject({ total: 3, processed_today: 1 })
    expect(await off()).toEqual([])
  })

  test('a person who joins again is new, and late events of the erased person do not affect them', async () => {
    await join(ada)
    await erase()
    await credit()
    await processAll()
    const at = new Date().toISOString()
    await publish('person.forgotten', { person, pseudonym: 'erased-1', at })
    await processAll()
    expect(await found(person)).toEqual([])
    await join(ada)
    await processAll()
    const me = await read('me', asMember(ada) as never)
    expect(me.json()).toMatchObject({ score: 5, referrals: 0, position: 1 })
    expect(await off()).toEqual([])
  })

  test('is published even without an entry, and at every request', async () => {
    expect((await erase()).statusCode).toBe(200)
    await join(ada)
    const replies = await Promise.all([erase(ada, 0), erase(ada, 1)])
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 200])
    expect(await rows('select from invites.inbox')).toHaveLength(3)
    expect(await found(anyOf)).toEqual([])
  })

  test('leaves no queued mail', async () => {
    await db.owner.query(`select waitlist_jobs.create_queue('mail', '{"policy": "standard"}')`)
    await join(ada)
    const id = await idOf(ada)
    await db.owner.query(
      "insert into waitlist_jobs.job (name, data) values ('mail', $1), ('mail', $2)",
      [
        { kind: 'joined', entry_id: id },
        { kind: 'joined', entry_id: randomUUID() },
      ],
    )
    await erase()
    expect(await rows('select from waitlist_jobs.job')).toHaveLength(1)
    await db.owner.query('delete from waitlist_jobs.job')
  })
})

test('erasing while joining, crediting, releasing and redeeming loses no count', async () => {
  await crowd(24)
  const people = Array.from({ length: 24 }, (_, n) => `n${n + 1}@example.com`)
  for (const email of people) await credit(email)
  const used = people.slice(0, 8).map((email) => ({
    use_id: randomUUID(),
    person: personKey(email),
    batch_id: 'B',
    grant_id: null,
    at: new Date().toISOString(),
  }))
  await publish('invites.used', { uses: used })
  const replies = await Promise.all([
    ...people.map((email, n) => erase(email, n)),
    processAll(0),
    processAll(1),
    post('release', { count: 12, reason: 'r' }),
    ...people.slice(0, 12).map((email, n) => join(email, { persona: 'agency' }, n)),
    ...people.slice(0, 6).map((email, n) => erase(email, n + 1)),
  ])
  const failed = replies.filter((reply) => reply && reply.statusCode >= 400)
  expect(failed).toEqual([])
  await processAll()
  expect(await off()).toEqual([])
  for (const email of people) await erase(email)
  expect(await found('@example.com')).toEqual([])
  expect(await found(people.map(personKey).join('|'))).toEqual([])
  expect((await read('stats', {})).json()).toMatchObject({ total: 0, waiting: 0 })
  expect(await off()).toEqual([])
})

test('a member exports everything that is stored of them, and nothing of anybody else', async () => {
  await crowd(2)
  const id = await adaEverywhere()
  const counted = `insert into waitlist.mail_counts values ($1, 'link', 2, now())`
  await db.owner.query(counted, [id])
  const reply = await read('me/export', asMember('ada@example.com') as never)
  expect(reply.statusCode).toBe(200)
  const exported = reply.json()
  expect(exported).toMatchObject({
    service: 'waitlist',
    entry: { id, email: ada, status: 'invited', metadata: { also: ada }, score: 11, adjusted: 1 },
    credits: [{ applied_at: expect.any(String) }],
    links: [{ purpose: 'confirm', used_at: null }],
    mails: [],
    mail_counts: [{ kind: 'link', mails: 2, since: expect.any(String) }],
    acts: [{ act: 'waitlist.score_adjusted', details: { by: 1, score: 11 } }],
  })
  expect(reply.body).not.toContain('n1@')
  const nobody = (await read('me/export', asMember('no@example.com') as never)).json()
  expect(nobody).toMatchObject({ entry: null, credits: [], links: [], acts: [] })
})

test('many slow exports and erasures do not block joins', async () => {
  const held = await holdTable(db, 'audit')
  const headers = asMember(ada) as never
  const requests = Array.from({ length: 12 }, () => [read('me/export', headers), erase()]).flat()
  await held.awaited()
  const joined = await join('bob@example.com')
  await held.release()
  expect(joined.statusCode).toBe(201)
  for (const reply of await Promise.all(requests)) expect(reply.statusCode).toBe(200)
})
