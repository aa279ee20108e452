import { randomUUID } from 'node:crypto'
import { useDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { buildApp } from './app.ts'
import { ReferralsSettings } from './config.ts'
import { jobs } from './jobs.ts'
import { consumerDeps, emailOf, joiner, publisher } from './testing/people.ts'

const db = useDatabase()
let app: FastifyInstance
const settingsOf = (more = {}) => testSettings(ReferralsSettings, db.urls.referrals, more)

beforeAll(() => {
  app = buildApp(settingsOf())
})
afterAll(() => app.close())
beforeEach(db.empty)

const publish = publisher(db, () => app)
const jobsOf = (more = {}) => jobs(app.database, settingsOf(more), consumerDeps.terms.rewards)
const jobOf = (name: string, more = {}) => jobsOf(more).find((job) => job.name === name)
const run = async (name: string) => jobOf(name)?.run()
const logged = async () => {
  const { rows } = await db.owner.query(
    'select action, status, details, error_message from referrals.automation_logs',
  )
  return rows
}
const share = (recipient: string) =>
  app.inject({
    method: 'POST',
    url: '/api/referrals/share',
    headers: asAdmin,
    payload: { inviter_email: emailOf('user'), recipient_email: emailOf(recipient) },
  })

test('expired codes are deactivated, and each run is logged', async () => {
  await publish('waitlist.joined', { entries: [joiner('user'), joiner('old')] })
  await db.owner.query(
    "update referrals.referral_codes set expires_at = now() where code = 'CODE-OLD'",
  )
  await run('expire')
  await run('expire')
  const codes = await db.owner.query('select code from referrals.referral_codes where is_active')
  expect(codes.rows).toEqual([{ code: 'CODE-USER' }])
  const entry = { action: 'expire_codes', status: 'success', error_message: null }
  expect(await logged()).toEqual([
    { ...entry, details: { count: 1 } },
    { ...entry, details: { count: 0 } },
  ])
})

test('claims that ran out are marked, and only a run that marked some is logged', async () => {
  await share('a')
  await share('b')
  await db.owner.query(
    `update referrals.referrals set expires_at = now()
     where id in (select id from referrals.referrals limit 1)`,
  )
  await run('expire-claims')
  await run('expire-claims')
  const { rows } = await db.owner.query('select status from referrals.referrals order by status')
  expect(rows).toEqual([{ status: 'expired' }, { status: 'pending' }])
  expect(await logged()).toMatchObject([{ action: 'expire_claims', details: { count: 1 } }])
})

test('a run that fails is logged with its error', async () => {
  await db.owner.query('alter table referrals.referral_codes rename to missing_codes')
  await expect(run('expire')).rejects.toThrow(/does not exist/)
  await db.owner.query('alter table referrals.missing_codes rename to referral_codes')
  expect(await logged()).toMatchObject([
    {
      action: 'expire_codes',
      status: 'failed',
      error_message: expect.stringContaining('does not exist'),
    },
  ])
})

test('the health check logs uptime and memory', async () => {
  await run('health')
  const details = {
    uptime_seconds: expect.any(Number),
    rss_bytes: expect.any(Number),
    heap_used_bytes: expect.any(Number),
  }
  expect(await logged()).toEqual([
    { action: 'health_check', status: 'success', error_message: null, details },
  ])
})

test('a job that several replicas start runs once', async () => {
  const replicas = [buildApp(settingsOf()), buildApp(settingsOf()), buildApp(settingsOf())]
  const listen = (replica: FastifyInstance) => replica.listen({ port: 0, host: '127.0.0.1' })
  const [first, ...others] = replicas as [FastifyInstance, FastifyInstance, FastifyInstance]
  await listen(first)
  const occurrence = [{ id: randomUUID(), data: {} }]
  const insert = () => first.insertJobs(db.owner, 'expire', occurrence)
  await expect
    .poll(() =>
      insert()
        .then(() => true)
        .catch(() => false),
    )
    .toBe(true)
  await insert()
  // A worker fetches when it starts.
  await Promise.all(others.map(listen))
  await expect.poll(async () => (await logged()).length, { timeout: 10_000 }).toBe(1)
  await Promise.all(replicas.map((replica) => replica.close()))
  expect(await logged()).toMatchObject([{ action: 'expire_codes', status: 'success' }])
})

test('old rows of the log are deleted', async () => {
  const age = (days: number) =>
    db.owner.query(
      `insert into referrals.automation_logs (service, action, status, created_at)
       values ('referrals', $1, 'success', now() - make_interval(days => $2))`,
      [`${days} days`, days],
    )
  for (const days of [89, 91]) await age(days)
  await run('delete-automation-logs')
  expect(await logged()).toMatchObject([{ action: '89 days' }])
})

test('the schedule is logged at start', async () => {
  const started = buildApp(settingsOf())
  const info = vi.spyOn(started.log, 'info')
  await started.listen({ port: 0, host: '127.0.0.1' })
  await started.close()
  const lines = info.mock.calls.map(([details, message]) => [
    message,
    (details as { cron?: string }).cron,
  ])
  expect(lines).toEqual(
    expect.arrayContaining([
      ['Automation worker started successfully', undefined],
      ['Daily: Expired codes cleanup (2:00 AM)', '0 2 * * *'],
      ['Weekly: Badge awards check (Sunday 3:00 AM)', '0 3 * * 0'],
      ['Health check: Every 5 minutes', '*/5 * * * *'],
    ]),
  )
})

test('ENABLE_AUTOMATION_WORKER=false stops the jobs of the worker and no others', () => {
  const names = (more = {}) => jobsOf(more).map(({ name }) => name)
  const others = names({ ENABLE_AUTOMATION_WORKER: 'false' })
  expect(names().filter((name) => !others.includes(name))).toEqual([
    'expire',
    'health',
    'award-badges',
  ])
  expect(others).toEqual(
    expect.arrayContaining(['expire-claims', 'keep-reports', 'grant-due', 'expire-rewards']),
  )
})
