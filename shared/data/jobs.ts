// Scheduled jobs and queues of a service, on pg-boss in a schema of its own. Each job runs once,
// whatever the number of replicas.
import { setTimeout as wait } from 'node:timers/promises'
import { type JobResult, PgBoss, type Queue as QueueTerms } from 'pg-boss'
import type { Service } from '../events/catalogue.ts'

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

export type Work = { jobs: readonly Job[]; queues?: readonly Queue[] }

type Log = {
  info: (details: object, message: string) => void
  error: (details: object, message: string) => void
}

const RETRY_MS = 2_000

const open = (url: string, service: Service, log: Log) => {
  const boss = new PgBoss({
    connectionString: url,
    schema: `${service}_jobs`,
    createSchema: false,
    application_name: `${service} jobs`,
    max: 2,
  })
  boss.on('error', (err) => log.error({ err }, 'jobs: database error'))
  return boss
}

// After a full batch the next is fetched at once.
const pace = { pollingIntervalSeconds: 0.5, burstWhenBatchFull: true, perJobResults: true } as const

const startAll = async (boss: PgBoss, { jobs, queues = [] }: Work) => {
  await boss.start()
  for (const { work, ...queue } of queues) {
    await boss.createQueue(queue.name, queue)
    if (work) await boss.work(queue.name, { ...pace, batchSize: work.batch }, work.acknowledge)
  }
  for (const job of jobs) {
    await boss.createQueue(job.name, { policy: 'stately', retryLimit: 2, expireInSeconds: 300 })
    await boss.schedule(job.name, job.cron, null, { tz: 'UTC' })
    await boss.work(job.name, { pollingIntervalSeconds: 5 }, () => job.run())
  }
}

/**
 * Starts the jobs and queues of a service. Returns at once; while the database is unavailable it
 * retries every two seconds, so a process starts without it. `stop` waits for running jobs.
 */
export const startJobs = (url: string, service: Service, work: Work, log: Log) => {
  const stopping = new AbortController()
  let boss: PgBoss | undefined
  const starting = (async () => {
    while (!stopping.signal.aborted) {
      const next = open(url, service, log)
      try {
        await startAll(next, work)
        boss = next
        return
      } catch (err) {
        log.error({ err }, 'jobs: could not start, retrying')
        await next.stop({ graceful: false }).catch(() => {})
        await wait(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => {})
      }
    }
  })()
  return {
    stop: async () => {
      stopping.abort()
      await starting
      await boss?.stop({ graceful: true, timeout: 8_000 })
    },
  }
}
