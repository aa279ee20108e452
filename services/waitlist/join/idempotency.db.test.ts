// Joins and waves that are sent again with their Idempotency-Key.
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { WaitlistSettings } from '../config.ts'

const db = useDatabase()
let replicas: FastifyInstance[] = []

beforeAll(() => {
  const start = () => buildApp(testSettings(WaitlistSettings, db.urls.waitlist))
  replicas = [start(), start()]
})
afterAll(() => Promise.all(replicas.map((app) => app.close())))
beforeEach(db.empty)

const post = (act: string, payload: object, headers: Record<string, string>, replica = 0) =>
  (replicas[replica] as FastifyInstance).inject({
    method: 'POST',
    url: `/api/waitlist/${act}`,
    payload,
    headers,
  })

const join = (email: string, key: string | null, replica = 0) => {
  const body = { email, use_case: 'for tests', persona: 'other' }
  return post('join', body, key === null ? {} : { 'idempotency-key': key }, replica)
}

const entries = async () =>
  (await db.owner.query('select count(*)::int as n from waitlist.entries')).rows[0].n

describe('joining', () => {
  test('again returns the first reply, although others have joined since', async () => {
    await join('zoe@example.com', null)
    const first = await join('ada@example.com', 'k')
    expect(first.json()).toMatchObject({ position: 2, total_waiting: 2 })
    await join('bob@example.com', null)
    const again = await join('ada@example.com', 'k', 1)
    expect([first.statusCode, again.statusCode]).toEqual([201, 201])
    expect(again.json()).toEqual(first.json())
    expect(await entries()).toBe(3)
  })

  test('with a key has the same reply and effect as without one', async () => {
    const { referral_code: _, share_url: __, ...plain } = (await join('a@example.com', null)).json()
    const { referral_code, share_url, ...keyed } = (await join('b@example.com', 'k')).json()
    expect(keyed).toEqual({ ...plain, position: 2, total_waiting: 2 })
    expect(share_url).toContain(referral_code)
    const published = await db.owner.query(
      `select count(*)::int as n from referrals.inbox where event = 'waitlist.joined'`,
    )
    expect(published.rows[0].n).toBeGreaterThanOrEqual(2)
  })

  test('draws another referral code if the first is in use, with a key and without one', async () => {
    // A trigger gives the code TAKEN to the first two of the three inserts of each pair of joins.
    await db.owner.query(`
      create sequence waitlist.inserts;
      create function waitlist.take() returns trigger security definer language plpgsql as $$
      begin
        if nextval('waitlist.inserts') <= 2 then new.referral_code := 'TAKEN'; end if;
        return new;
      end $$;
      create trigger take before insert on waitlist.entries for each row
        execute function waitlist.take();`)
    for (const key of ['k', null]) {
      await db.empty()
      await db.owner.query(`select setval('waitlist.inserts', 1, false)`)
      await join('ada@example.com', null)
      const reply = await join('bob@example.com', key)
      expect([reply.statusCode, reply.json().position]).toEqual([201, 2])
      const { rows } = await db.owner.query('select referral_code from waitlist.entries order by 1')
      const codes = rows.map(({ referral_code }) => referral_code)
      expect(codes.sort()).toEqual([reply.json().referral_code, 'TAKEN'].sort())
    }
    await db.owner.query('drop function waitlist.take cascade; drop sequence waitlist.inserts')
  })

  test('of another person with the same key is 422', async () => {
    await join('ada@example.com', 'k')
    const reply = await join('bob@example.com', 'k')
    expect([reply.statusCode, reply.json().code]).toEqual([422, 'idempotency_key_reused'])
    expect(await entries()).toBe(1)
  })

  test('64 times concurrently at two replicas creates one entry', async () => {
    const replies = await Promise.all(
      Array.from({ length: 64 }, (_, n) => join('ada@example.com', 'k', n % 2)),
    )
    const bodies = replies.filter((reply) => reply.statusCode === 201).map((reply) => reply.body)
    expect(new Set(bodies).size).toBe(1)
    for (const reply of replies) expect([201, 409]).toContain(reply.statusCode)
    expect(await entries()).toBe(1)
  })

  test('after the entry was erased is 410 and creates no entry', async () => {
    await join('ada@example.com', 'k')
    await db.owner.query('delete from waitlist.entries')
    const reply = await join('ada@example.com', 'k')
    expect([reply.statusCode, reply.json().code]).toEqual([410, 'idempotency_effect_gone'])
    expect(await entries()).toBe(0)
  })

  test('stores a record without the referral code and the address', async () => {
    const { referral_code } = (await join('ada@example.com', 'k')).json()
    const { rows } = await db.owner.query('select effect::text from waitlist.idempotency')
    expect(rows[0].effect).toContain('"position"')
    expect(rows[0].effect).not.toContain(referral_code)
    expect(rows[0].effect).not.toContain('ada')
  })
})

test('points are added once, however often the request is sent', async () => {
  await join('ada@example.com', null)
  const { rows } = await db.owner.query('select id, score from waitlist.entries')
  const give = () =>
    post(
      `entries/${rows[0].id}/score`,
      { by: 7, reason: 'helped us' },
      { ...asAdmin, 'idempotency-key': 'k' },
    )
  const [first, again] = [await give(), await give()]
  expect([first.statusCode, first.json().score]).toEqual([200, rows[0].score + 7])
  expect(again.json()).toEqual(first.json())
  const acts = await db.owner.query('select act, reason from waitlist.audit')
  expect(acts.rows).toEqual([{ act: 'waitlist.score_adjusted', reason: 'helped us' }])
})

describe('releasing', () => {
  const release = (key: string, replica = 0) =>
    post('release', { count: 2 }, { ...asAdmin, 'idempotency-key': key }, replica)

  test('again is the same wave, logged once', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await join(`${name}@example.com`, null)
    const first = await release('k')
    const again = await release('k', 1)
    expect([first.statusCode, first.json().released]).toEqual([201, 2])
    expect(again.json()).toEqual(first.json())
    const { rows } = await db.owner.query('select act, subject from waitlist.audit')
    expect(rows).toEqual([{ act: 'waitlist.released', subject: first.json().wave_id }])
  })

  test('concurrently with one key releases one wave', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await join(`${name}@example.com`, null)
    const replies = await Promise.all(Array.from({ length: 24 }, (_, n) => release('k', n % 2)))
    for (const reply of replies) expect([201, 409]).toContain(reply.statusCode)
    const { rows } = await db.owner.query(
      `select count(*)::int as n from waitlist.entries where status = 'invited'`,
    )
    expect(rows[0].n).toBe(2)
  })
})
