// Scheduled jobs and queues of a service, on pg-boss in a schema of its own, which the migration
// creates. Each job runs once, whatever the number of replicas.
import { setTimeout as wait } from 'node:timers/promises'
import { PgBoss } from 'pg-boss'
import type { Service } from '../../events/catalogue.ts'
import { unavailable } from '../../http/problem.ts'
import type { DatabaseSettings } from '../../ops/settings.ts'
import { onCommit, type Queryable } from '../database.ts'
import { type JobDatabase, openJobDatabase } from './job-database.ts'
import { watchOrphanedJobs } from './orphaned-jobs.ts'
import { openWaking, type Queue, startQueues } from './queue-workers.ts'
import { runSchedule } from './schedule.ts'
import { type Job, scheduleOf, workOn } from './scheduled-jobs.ts'

export type { JobOutcome, Queue, Queued } from './queue-workers.ts'
export type { Job } from './scheduled-jobs.ts'

export type NewJob = {
  id: string
  data: object
  singletonKey?: string
  priority?: number
  /** Seconds until it is due. */
  startAfter?: number
}

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

type StartOptions = { schema: string; log: Log; signal: AbortSignal }

const RETRY_MS = 2_000

/** How often pg-boss maintains its tables, and the least time between two passes, in seconds. */
const supervise = { superviseIntervalSeconds: 900, monitorIntervalSeconds: 5 }

/**
 * Parts of pg-boss that are off: its scheduler and its search for jobs that wait for other jobs wrote
 * and read its tables 80 times a minute.
 */
const unused = { schedule: false, flowIntervalSeconds: 86_400 }

const schemaOf = (service: Service) => `${service}_jobs`

const open = (db: JobDatabase, service: Service, log: Log) => {
  const schema = schemaOf(service)
  const options = { ...supervise, ...unused }
  const boss = new PgBoss({ db, schema, createSchema: false, migrate: false, ...options })
  boss.on('error', (err) => log.error({ err }, 'jobs: database error'))
  return boss
}

const startAll = async (boss: PgBoss, { jobs, queues = [] }: Work, options: StartOptions) => {
  await boss.start()
  const workers = await startQueues(boss, queues)
  const workerOf = new Map<Job, string>()
  for (const job of jobs) workerOf.set(job, await workOn(boss, job))
  runSchedule(jobs, scheduleOf(boss, workerOf, options), options.signal)
  const wakeAll = () => {
    for (const worker of [...workers.values(), ...workerOf.values()]) boss.notifyWorker(worker)
  }
  watchOrphanedJobs(boss, wakeAll, options)
  return insertInto(boss, openWaking(boss, workers))
}

const insertInto =
  (boss: PgBoss, wake: (queue: string) => void): InsertJobs =>
  async (db, queue, jobs) => {
    if (jobs.length === 0) return
    const executeSql = (text: string, values?: unknown[]) => db.query(text, values)
    // In the order of ids, so that two transactions never wait for each other in a circle.
    const sorted = jobs.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    await boss.insert(queue, sorted, { db: { executeSql } })
    onCommit(db, () => wake(queue))
  }

/** Rejects until the queues have started. */
export const notStarted: InsertJobs = async () => {
  throw unavailable('The queues have not started yet.', { headers: { 'retry-after': '2' } })
}

/** Starts pg-boss, again every two seconds until it succeeds; null if `signal` aborts first. */
const startBoss = async (create: () => PgBoss, work: Work, options: StartOptions) => {
  const { log, signal } = options
  while (!signal.aborted) {
    const boss = create()
    try {
      return { boss, insertJobs: await startAll(boss, work, options) }
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
  const options = { schema: schemaOf(service), log, signal: stopping.signal }
  const starting = startBoss(() => open(database, service, log), work, options)
  starting.then((started) => {
    if (started) insert = started.insertJobs
  })
  const insertJobs: InsertJobs = (db, queue, jobs) => insert(db, queue, jobs)
  return {
    insertJobs,
    stop: async () => {
      stopping.abort()
      const started = await starting
      await started?.boss.stop({ graceful: true, timeout: 8_000 })
      await database.close()
    },
  }
}
