// Scheduled jobs and queues of a service, on pg-boss in a schema of its own, which the migration
// creates. Each job runs once, whatever the number of replicas.
import { setTimeout as wait } from 'node:timers/promises'
import { type JobResult, PgBoss, type Queue as QueueTerms } from 'pg-boss'
import type { Service } from '../events/catalogue.ts'
import { unavailable } from '../http/problem.ts'
import type { DatabaseSettings } from '../ops/settings.ts'
import type { Queryable } from './database.ts'
import { type JobDatabase, openJobDatabase } from './job-database.ts'

export type Job = {
  name: string
  /** Five fields, UTC. */
  cron: string
  run: () => Promise<unknown>
}

export type Queued = { id: string; data: unknown }
export type JobOutcome = JobResult

/** A queue and its worker. */
export type Queue = QueueTerms & {
  name: string
  /** Processes up to `batch` jobs at a time and returns their outcomes. Without it they are stored. */
  work?: { batch: number; acknowledge: (jobs: readonly Queued[]) => Promise<JobOutcome[]> }
}

export type NewJob = { id: string; data: object; singletonKey?: string; priority?: number }

/**
 * Inserts jobs in the transaction of `db`; one whose id or waiting singleton key exists is skipped.
 * @throws unavailable (503) until the queues have started.
 */
export type InsertJobs = (db: Queryable, queue: string, jobs: readonly NewJob[]) => Promise<void>

export type Work = { jobs: readonly Job[]; queues?: readonly Queue[] }

type Log = {
  info: (details: object, message: string) => void
  error: (details: object, message: string) => void
}

const RETRY_MS = 2_000

/**
 * A running job whose process says nothing for this time (in seconds, at least 10) is retried; pg-boss
 * looks for such jobs as often as `supervise` says.
 */
const heartbeat = { heartbeatSeconds: 10 }
const supervise = { superviseIntervalSeconds: 15, monitorIntervalSeconds: 15 }

const open = (db: JobDatabase, service: Service, log: Log) => {
  const schema = `${service}_jobs`
  const boss = new PgBoss({ db, schema, createSchema: false, migrate: false, ...supervise })
  boss.on('error', (err) => log.error({ err }, 'jobs: database error'))
  return boss
}

// After a full batch the next is fetched at once.
const pace = { pollingIntervalSeconds: 0.5, burstWhenBatchFull: true, perJobResults: true } as const

// Version 0.2.0 created queues without a heartbeat.
const createQueue = async (boss: PgBoss, queue: QueueTerms & { name: string }) => {
  await boss.createQueue(queue.name, { ...queue, ...heartbeat })
  await boss.updateQueue(queue.name, heartbeat)
}

const startAll = async (boss: PgBoss, { jobs, queues = [] }: Work) => {
  await boss.start()
  for (const { work, ...queue } of queues) {
    await createQueue(boss, queue)
    if (work) await boss.work(queue.name, { ...pace, batchSize: work.batch }, work.acknowledge)
  }
  for (const job of jobs) {
    const { name } = job
    await createQueue(boss, { name, policy: 'stately', retryLimit: 2, expireInSeconds: 300 })
    await boss.schedule(job.name, job.cron, null, { tz: 'UTC' })
    await boss.work(job.name, { pollingIntervalSeconds: 5 }, () => job.run())
  }
}

const insertInto =
  (boss: PgBoss): InsertJobs =>
  async (db, queue, jobs) => {
    const executeSql = (text: string, values?: unknown[]) => db.query(text, values)
    // In the order of ids, so that two transactions never wait for each other in a circle.
    const sorted = jobs.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    await boss.insert(queue, sorted, { db: { executeSql } })
  }

/** Rejects until the queues have started. */
export const notStarted: InsertJobs = async () => {
  throw unavailable('The queues have not started yet.', { headers: { 'retry-after': '2' } })
}

type StartOptions = { log: Log; signal: AbortSignal }

/** Starts pg-boss, again every two seconds until it succeeds; null if `signal` aborts first. */
const startBoss = async (create: () => PgBoss, work: Work, { log, signal }: StartOptions) => {
  while (!signal.aborted) {
    const boss = create()
    try {
      await startAll(boss, work)
      return boss
    } catch (err) {
      log.error({ err }, 'jobs: could not start, retrying')
      await boss.stop({ graceful: false }).catch(() => {})
      await wait(RETRY_MS, undefined, { signal }).catch(() => {})
    }
  }
  return null
}

/**
 * Starts the jobs and queues of a service. Returns at once, so a process starts without its database.
 * `stop` waits for running jobs.
 */
export const startJobs = (
  { service, settings, log }: { service: Service; settings: DatabaseSettings; log: Log },
  work: Work,
) => {
  const stopping = new AbortController()
  const connections = { name: `${service} jobs`, log, signal: stopping.signal }
  const database = openJobDatabase(settings, connections)
  let insert = notStarted
  const options = { log, signal: stopping.signal }
  const starting = startBoss(() => open(database, service, log), work, options)
  starting.then((boss) => {
    if (boss) insert = insertInto(boss)
  })
  const insertJobs: InsertJobs = (db, queue, jobs) => insert(db, queue, jobs)
  return {
    insertJobs,
    stop: async () => {
      stopping.abort()
      const boss = await starting
      await boss?.stop({ graceful: true, timeout: 8_000 })
      await database.close()
    },
  }
}
