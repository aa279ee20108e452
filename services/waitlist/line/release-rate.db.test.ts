// The estimated wait: from the table until releases were seen on three days, then from their rate.
import { randomUUID } from 'node:crypto'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { WaitlistSettings } from '../config.ts'

const db = useDatabase()
let app: FastifyInstance

// One for each test: releases are read once a minute.
beforeEach(async () => {
  await db.empty()
  app = buildApp(testSettings(WaitlistSettings, db.urls.waitlist))
})
afterEach(() => app.close())

/** So many released each of those days before today. */
const released = (count: number, daysAgo: number[]) =>
  db.owner.query(
    `insert into waitlist.waves (id, asked, released, by, released_at)
     select id, greatest($2, 1), $2, 'env', now() - make_interval(days => ago)
     from unnest($1::uuid[], $3::int[]) as wave (id, ago)`,
    [daysAgo.map(() => randomUUID()), count, daysAgo],
  )

const join = async (email: string) => {
  const payload = { email, use_case: 'to see', persona: 'other' }
  return (await app.inject({ method: 'POST', url: '/api/waitlist/join', payload })).json()
}

const crowd = (count: number) =>
  db.owner.query(
    `insert into waitlist.entries
       (person, email, use_case, persona, referral_code, answers_score, score)
     select 'p' || n, n || '@example.com', 'x', 'agency', 'CODE' || n, 20, 20
     from generate_series(1, $1::int) as n`,
    [count],
  )

const byTable = { estimated_wait: '2-3 weeks', estimated_wait_days: null }

test('two days of releases are not enough to measure', async () => {
  await crowd(299)
  await released(100, [0, 1])
  await released(0, [2])
  expect(await join('ada@example.com')).toMatchObject({ position: 300, ...byTable })
})

test('from the third day on, the estimate is a range from position and rate, for a join and a position', async () => {
  await crowd(299)
  await released(50, [0, 0, 1, 1, 2, 2])
  const measured = { estimated_wait: '2-4 days', estimated_wait_days: { low: 2, high: 4 } }
  const joined = await join('ada@example.com')
  expect(joined).toMatchObject({ position: 300, invites_paused: false, ...measured })
  const url = `/api/waitlist/position?referral_code=${joined.referral_code}`
  const place = await app.inject({ url, headers: asAdmin })
  expect(place.json()).toMatchObject({ position: 300, ...measured })
})

test('the forecast has the pace and spreads its points over the line, for a key', async () => {
  await crowd(300)
  const url = '/api/waitlist/forecast'
  expect((await app.inject({ url })).statusCode).toBe(401)
  const before = await app.inject({ url: `${url}?points=2`, headers: asAdmin })
  expect(before.json()).toEqual({
    total_waiting: 300,
    invites_paused: false,
    pace: null,
    points: [
      { position: 1, at: null },
      { position: 300, at: null },
    ],
  })
  await app.close()
  app = buildApp(testSettings(WaitlistSettings, db.urls.waitlist))
  await released(50, [0, 0, 1, 1, 2, 2])
  const { pace, points } = (await app.inject({ url, headers: asAdmin })).json()
  expect(pace).toEqual({ per_day: 100, released: 300, days: 3 })
  expect(points).toHaveLength(10)
  expect(points.at(-1)).toEqual({ position: 300, at: expect.any(Object) })
  const days = (Date.parse(points.at(-1).at.high) - Date.now()) / 86_400_000
  expect(Math.round(days)).toBe(4)
  const one = (await app.inject({ url: `${url}?position=7`, headers: asAdmin })).json()
  expect(one.points).toMatchObject([{ position: 7 }])
})

test('the rate is measured over 14 days, without older waves', async () => {
  await crowd(299)
  await released(100_000, [14, 20])
  await released(100, [0, 5, 13])
  const { estimated_wait, estimated_wait_days } = await join('ada@example.com')
  expect(estimated_wait_days).toEqual({ low: 11, high: 19 })
  expect(estimated_wait).toBe('2-3 weeks')
})

test('when releases stopped two weeks ago, the table applies again', async () => {
  await crowd(299)
  await released(100, [15, 16, 17, 18])
  expect(await join('ada@example.com')).toMatchObject(byTable)
})

test('a pause is reported with the estimate', async () => {
  await db.owner.query(`update waitlist.gate set open = false, reasons = '{churn_high}'`)
  expect(await join('ada@example.com')).toMatchObject({
    estimated_wait: '1-2 days',
    invites_paused: true,
  })
})
