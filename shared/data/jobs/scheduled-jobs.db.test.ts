import { useDatabase } from '@vobee/testing/database'
import { testSettings } from '@vobee/testing/settings'
import { PgBoss } from 'pg-boss'
import { afterAll, expect, test } from 'vitest'
import { databaseSettings } from '../../ops/settings.ts'
import { openJobDatabase } from './job-database.ts'
import { retryOrphanedJobs } from './orphaned-jobs.ts'
import { type Job, scheduleOf, workOn } from './scheduled-jobs.ts'

const db = useDatabase()
const stopping = new AbortController()
const options = { log: { error: () => {} }, signal: stopping.signal }
const stops: (() => Promise<void>)[] = []
afterAll(async () => {
  stopping.abort()
  for (const stop of stops) await stop()
})

const startBoss = async () => {
  const settings = testSettings(databaseSettings, db.urls.referrals)
  const database = openJobDatabase(settings, { name: 'test', ...options })
  const off = { createSchema: false, migrate: false, schedule: false, supervise: false }
  const boss = new PgBoss({ db: database, schema: 'referrals_jobs', ...off })
  boss.on('error', () => {})
  await boss.start()
  stops.push(async () => {
    await boss.stop({ timeout: 1_000 })
    await database.close()
  })
  return boss
}

/** Starts the worker of a job, and returns its schedule. */
const startReplica = async (job: Job) => {
  const boss = await startBoss()
  return scheduleOf(boss, new Map([[job, await workOn(boss, job)]]), options)
}

test('of all replicas that start a job at its minute, one runs it, without waiting for a poll', async () => {
  const ran: number[] = []
  const job = {
    name: 'test-job',
    cron: '30 2 * * *',
    run: async () => ran.push(performance.now()),
  }
  const replicas = [await startReplica(job), await startReplica(job)]
  const schedule = replicas[0] as (typeof replicas)[number]
  const due = schedule.next(job, Date.parse('2026-01-31T02:30:00Z'))
  expect(new Date(due).toISOString()).toBe('2026-02-01T02:30:00.000Z')

  await Promise.all(replicas.map(({ start }) => start(job, due)))
  await expect.poll(() => ran.length, { timeout: 10_000 }).toBe(1)
  for (const { start } of replicas) await start(job, due)
  await schedule.start(job, schedule.next(job, due))
  await expect.poll(() => ran.length, { timeout: 10_000 }).toBe(2)
  const { rows } = await db.owner.query(
    `select count(*)::int as runs from referrals_jobs.job where name = 'test-job'`,
  )
  expect(rows).toEqual([{ runs: 2 }])
})

test.each(['stately', 'exclusive'] as const)(
  'a %s job whose process ended is given to another, and one that runs is not',
  async (policy) => {
    const boss = await startBoss()
    const again = () => retryOrphanedJobs(boss, 'referrals_jobs')
    const queue = `lost-${policy}`
    await boss.createQueue(queue, { policy, heartbeatSeconds: 10, retryLimit: 2 })
    await boss.send(queue, {})
    const [job] = await boss.fetch(queue)
    expect(await again()).toBe(false)
    expect(await boss.fetch(queue)).toEqual([])
    await db.owner.query(
      `update referrals_jobs.job set heartbeat_on = now() - interval '11 s' where id = $1`,
      [job?.id],
    )
    expect(await again()).toBe(true)
    expect(await boss.fetch(queue)).toMatchObject([{ id: job?.id }])
  },
)
