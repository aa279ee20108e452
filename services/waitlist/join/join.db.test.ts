import { readDatabaseUrl } from '@vobee/shared/data/database-url'
import { useDatabase } from '@vobee/testing/database'
import { testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { WaitlistSettings } from '../config.ts'

const db = useDatabase()
let app: FastifyInstance

beforeAll(() => {
  app = buildApp(testSettings(WaitlistSettings, db.urls.waitlist))
})
afterAll(() => app.close())
beforeEach(db.empty)

const answers = {
  email: 'user@example.com',
  use_case: 'I want to use VoBee for marketing automation',
  persona: 'solo_founder',
}

const join = (body: object) =>
  app.inject({ method: 'POST', url: '/api/waitlist/join', payload: body })

describe('joining', () => {
  test('the documented request gets the documented members and a share link', async () => {
    const reply = await join(answers)
    expect(reply.statusCode).toBe(201)
    expect(reply.json()).toEqual({
      status: 'success',
      position: 1,
      total_waiting: 1,
      estimated_wait: '1-2 days',
      estimated_wait_days: null,
      invites_paused: false,
      referral_code: expect.stringMatching(/^[2-9A-HJKMNP-Z]{8}$/),
      share_url: expect.stringMatching(/^http:\/\/localhost:8000\/r\/[2-9A-HJKMNP-Z]{8}$/),
    })
    const { rows } = await db.owner.query('select email, persona, score from waitlist.entries')
    expect(rows).toEqual([{ email: 'user@example.com', persona: 'solo_founder', score: 15 }])
  })

  test('a higher score is first, and of equal scores the earlier join', async () => {
    await join(answers)
    const agency = await join({ ...answers, email: 'agency@example.com', persona: 'agency' })
    const second = await join({ ...answers, email: 'second@example.com' })
    expect(agency.json().position).toBe(1)
    expect(second.json().position).toBe(3)
  })

  test('64 concurrent joins get 64 different positions', async () => {
    const replies = await Promise.all(
      Array.from({ length: 64 }, (_, i) => join({ ...answers, email: `many${i}@example.com` })),
    )
    const positions = replies.map((reply) => reply.json().position).sort((a, b) => a - b)
    expect(positions).toEqual(Array.from({ length: 64 }, (_, i) => i + 1))
  })

  test('concurrent joins at two replicas never get the same position', async () => {
    const other = buildApp(testSettings(WaitlistSettings, db.urls.waitlist))
    const replies: ReturnType<typeof join>[] = []
    for (let i = 0; i < 240; i++) {
      const replica = i % 2 === 0 ? app : other
      const payload = { ...answers, email: `newcomer${i}@example.com` }
      replies.push(replica.inject({ method: 'POST', url: '/api/waitlist/join', payload }))
      if (i % 4 === 3) await new Promise((turn) => setImmediate(turn))
    }
    const places = (await Promise.all(replies)).map((reply) => reply.json().position)
    await other.close()
    expect(places.sort((a, b) => a - b)).toEqual(Array.from({ length: 240 }, (_, i) => i + 1))
  })

  test('a second join keeps the first place and looks like a first', async () => {
    const first = await join(answers)
    await join({ ...answers, email: 'other@example.com' })
    const again = await join({ ...answers, email: ' User+tag@EXAMPLE.com ', persona: 'agency' })
    expect(again.statusCode).toBe(201)
    expect(Object.keys(again.json())).toEqual(Object.keys(first.json()))
    // The place that a new entry with these answers would have.
    expect(again.json()).toMatchObject({ position: 1, total_waiting: 3 })
    expect(again.json().referral_code).toBe(first.json().referral_code)
    const { rows } = await db.owner.query(
      'select email, persona from waitlist.entries order by arrival limit 1',
    )
    expect(rows).toEqual([{ email: 'user@example.com', persona: 'solo_founder' }])
  })

  test('the same person twice at once is one entry', async () => {
    await Promise.all(Array.from({ length: 16 }, () => join(answers)))
    const { rows } = await db.owner.query('select count(*)::int as n from waitlist.entries')
    expect(rows).toEqual([{ n: 1 }])
  })

  test('each new entry is published once to every consumer', async () => {
    await join({ ...answers, referred_by: 'AB12CD34' })
    await join(answers)
    const { rows } = await db.owner.query('select event, payload from referrals.inbox')
    expect(rows).toHaveLength(1)
    expect(rows[0].event).toBe('waitlist.joined')
    expect(rows[0].payload.entries).toMatchObject([{ referred_by: 'AB12CD34', confirmed: true }])
    expect(JSON.stringify(rows)).not.toContain('example.com')
  })

  test('a paused gate is reported, and the join succeeds', async () => {
    await db.owner.query(`update waitlist.gate set open = false, reasons = '{churn_high}'`)
    expect((await join(answers)).json()).toMatchObject({ status: 'success', invites_paused: true })
  })

  test('a primary that accepts no writes answers 503, and joins continue when it does', async () => {
    const { user, database } = readDatabaseUrl(db.urls.waitlist)
    const setReadOnly = (word: string) =>
      db.owner.query(
        `alter role ${user} in database ${database} set default_transaction_read_only = ${word}`,
      )
    const reconnect = `
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'waitlist'`
    await setReadOnly('on')
    await db.owner.query(reconnect)
    const rejected = await join(answers)
    expect(rejected.statusCode).toBe(503)
    expect(rejected.json().code).toBe('database_unavailable')
    expect(rejected.headers['retry-after']).toBe('2')
    expect((await app.inject('/ready')).statusCode).toBe(503)
    await setReadOnly('off')
    await expect.poll(async () => (await app.inject('/ready')).statusCode).toBe(200)
    await expect.poll(async () => (await join(answers)).statusCode).toBe(201)
  })
})

describe('bad input', () => {
  test('every error of a body is returned at once', async () => {
    const reply = await join({ email: 'nobody', persona: 'robot', colour: 'red' })
    expect(reply.statusCode).toBe(400)
    expect(reply.headers['content-type']).toBe('application/problem+json')
    const { code, errors } = reply.json()
    expect(code).toBe('invalid_input')
    expect(errors.map((error: { path: string }) => error.path).sort()).toEqual([
      'colour',
      'email',
      'persona',
      'use_case',
    ])
  })

  test('text that Postgres cannot store is rejected', async () => {
    for (const use_case of ['a\u0000b', 'half \ud800 a pair']) {
      const reply = await join({ ...answers, use_case })
      expect(reply.statusCode).toBe(400)
      expect(reply.json().errors[0].path).toBe('use_case')
    }
  })

  test('a missing body names the three required members', async () => {
    const reply = await app.inject({ method: 'POST', url: '/api/waitlist/join' })
    expect(reply.statusCode).toBe(400)
    expect(reply.json().errors).toHaveLength(3)
  })
})
