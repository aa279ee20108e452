// A wave of the waitlist: a code for each person who was released, for that person only.
import { randomUUID } from 'node:crypto'
import { personKeys } from '@vobee/shared/privacy/email'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, PERSON_KEY_SECRET, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { InvitesSettings } from '../config.ts'

const db = useDatabase()
const personKey = personKeys(PERSON_KEY_SECRET)
let replicas: [FastifyInstance, FastifyInstance]

beforeAll(() => {
  const build = () => buildApp(testSettings(InvitesSettings, db.urls.invites))
  replicas = [build(), build()]
})
afterAll(() => Promise.all(replicas.map((app) => app.close())))
beforeEach(db.empty)

const people = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => ({
    entry_id: randomUUID(),
    person: personKey(`p${from + n}@example.com`),
    masked: 'p***@e***.com',
  }))

type Released = ReturnType<typeof people>[number]

const publish = (wave_id: string, released: object[]) =>
  db.owner.query(`select invites.publish('waitlist.released', $1)`, [
    { wave_id, people: released, at: new Date().toISOString() },
  ])

const processInbox = () =>
  Promise.all(
    replicas.map(async (app) => {
      while ((await app.inbox.processBatch()) !== 0);
    }),
  )

const issued = async () => {
  const { rows } = await db.owner.query(`
    select batch_id, size, created_by, count(*)::int as codes,
           count(distinct issued_person)::int as people
    from invites.codes as code join invites.batches as batch on batch.id = code.batch
    group by batch.id order by batch_id`)
  return rows
}

const redeem = (code: string, email: string) =>
  replicas[0].inject({ method: 'POST', url: '/api/invites/redeem', payload: { code, email } })

test('gives everyone a code of their own, which nobody else may redeem', async () => {
  const wave = randomUUID()
  await publish(wave, people(0, 3))
  await processInbox()
  expect(await issued()).toEqual([
    { batch_id: `WAVE-${wave}`, size: 3, created_by: 'waitlist', codes: 3, people: 3 },
  ])
  const { rows } = await db.owner.query(
    `select code, issued_to, uses_left, expires_at - now() between interval '167 hours' and interval '169 hours' as in_a_week
     from invites.codes where issued_person = $1`,
    [personKey('p1@example.com')],
  )
  expect(rows).toEqual([
    {
      code: expect.stringMatching(/^VOBEE-[0-9A-F]{12}$/),
      issued_to: null,
      uses_left: 1,
      in_a_week: true,
    },
  ])
  const stranger = await redeem(rows[0].code, 'p2@example.com')
  expect([stranger.statusCode, stranger.json().code]).toEqual([403, 'code_not_yours'])
  expect((await redeem(rows[0].code, 'P1+tag@example.com')).statusCode).toBe(200)
})

test('lists the person of each code by the masked address and the entry', async () => {
  const [ada = { entry_id: '', person: '', masked: '' }] = people(0, 1)
  // Version 0.2.0 of the waitlist publishes no masked address.
  const { masked: _, ...old } = { ...ada, person: personKey('old@example.com') }
  await publish(randomUUID(), [ada])
  await publish(randomUUID(), [old])
  await processInbox()
  const listed = async (query = '') => {
    const reply = await replicas[0].inject({ url: `/api/invites/codes${query}`, headers: asAdmin })
    return reply.json().codes
  }
  const { entry_id } = ada
  expect(await listed('?issued_to=P0@example.com')).toMatchObject([
    { issued_to: 'p***@e***.com', entry_id },
  ])
  expect(await listed('?issued_to=old@example.com')).toMatchObject([{ issued_to: null, entry_id }])
})

test('is one batch, however many events it has and whichever replica handles them', async () => {
  const [first, second] = [randomUUID(), randomUUID()]
  for (let from = 0; from < 200; from += 20) await publish(first, people(from, from + 20))
  await publish(second, people(0, 30))
  await processInbox()
  expect(await issued()).toEqual(
    [
      { batch_id: `WAVE-${first}`, size: 200, created_by: 'waitlist', codes: 200, people: 200 },
      { batch_id: `WAVE-${second}`, size: 30, created_by: 'waitlist', codes: 30, people: 30 },
    ].sort((a, b) => (a.batch_id < b.batch_id ? -1 : 1)),
  )
  for (const listener of ['quality_gates', 'referrals']) {
    const { rows } = await db.owner.query(
      `select payload from ${listener}.inbox where event = 'invites.created'`,
    )
    const published = rows.map((row) => row.payload)
    expect(published.reduce((sum, { count }) => sum + count, 0)).toBe(230)
    // No two are equal, or they would be counted as one.
    expect(new Set(published.map((payload) => JSON.stringify(payload))).size).toBe(11)
  }
})

test('gives nobody a second code when it is published again, whole or in part', async () => {
  const wave = randomUUID()
  const [one, two, three] = [people(0, 10), people(5, 15), people(14, 20)]
  for (const part of [one, two, one, three, two, one]) await publish(wave, part)
  await processInbox()
  for (const part of [three, one]) await publish(wave, part)
  await processInbox()
  expect(await issued()).toMatchObject([{ size: 20, codes: 20, people: 20 }])
  const { rows } = await db.owner.query(
    `select sum((payload ->> 'count')::int)::int as published from quality_gates.inbox`,
  )
  expect(rows).toEqual([{ published: 20 }])
})

test('is valid for as long as the release says, also for people who are released later', async () => {
  const wave = randomUUID()
  const event = (released: object[]) => ({
    ...{ wave_id: wave, people: released, expires_in_days: 30, at: new Date().toISOString() },
  })
  const days = async () => {
    await processInbox()
    const { rows } = await db.owner.query(`
      select round(extract(epoch from expires_at - now()) / 86400)::int as days, count(*)::int as n
      from invites.codes group by 1 order by 1`)
    return rows
  }
  const publishEvent = (payload: object) =>
    db.owner.query(`select invites.publish('waitlist.released', $1)`, [payload])
  await publishEvent(event(people(0, 2)))
  expect(await days()).toEqual([{ days: 30, n: 2 }])
  await db.owner.query(`
    update invites.batches set expires_at = expires_at - interval '40 days';
    update invites.codes set expires_at = expires_at - interval '40 days'`)
  await publishEvent(event(people(2, 5)))
  expect(await days()).toEqual([
    { days: -10, n: 2 },
    { days: 30, n: 3 },
  ])
})

test('is issued though the gate has closed since', async () => {
  await db.owner.query(`update invites.gate set open = false, reasons = '{churn_high}'`)
  await publish(randomUUID(), people(0, 2))
  await processInbox()
  expect(await issued()).toMatchObject([{ size: 2, codes: 2 }])
})

test('publishes each code and its person to the waitlist once, so that it is mailed', async () => {
  const wave = randomUUID()
  const released = people(0, 5)
  for (const some of [released.slice(0, 3), released, released]) await publish(wave, some)
  await processInbox()
  const { rows } = await db.owner.query(
    `select code.* from waitlist.inbox,
       jsonb_to_recordset(payload -> 'codes') as code (person text, code text, grant_id uuid)
     where event = 'invites.issued' order by code`,
  )
  const stored = await db.owner.query(
    'select issued_person as person, code, null as grant_id from invites.codes order by code',
  )
  expect(stored.rows).toHaveLength(5)
  expect(rows).toEqual(stored.rows)
})

test('publishes the active code of a person again when the waitlist asks for it', async () => {
  const [ada, bob] = people(0, 2) as [Released, Released]
  await publish(randomUUID(), [ada, bob])
  await processInbox()
  await db.owner.query('update invites.codes set expires_at = now() where issued_person = $1', [
    bob.person,
  ])
  const requests = [ada, bob].map(({ person }) => ({ person, request_id: randomUUID() }))
  await db.owner.query(`select invites.publish('waitlist.invitation_requested', $1)`, [
    { people: requests },
  ])
  await processInbox()
  const { rows } = await db.owner.query(
    `select payload from waitlist.inbox where event = 'invites.reissued'`,
  )
  const { rows: codes } = await db.owner.query(
    'select code from invites.codes where issued_person = $1',
    [ada.person],
  )
  expect(rows).toEqual([{ payload: { codes: [{ ...requests[0], code: codes[0].code }] } }])
})
