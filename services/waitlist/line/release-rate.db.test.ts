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
