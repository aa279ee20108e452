// Scheduled jobs on pg-boss. Each has a queue of its own, so that none waits for another.
import type { PgBoss } from 'pg-boss'
import { uuidOf } from '../named-uuid.ts'
import { createQueue } from './job-queue.ts'
import type { Schedule } from './schedule.ts'

export type Job = {
  name: string
  /** Five fields, UTC. */
  cron: string
  run: () => Promise<unknown>
}

type Options = {
  log: { error: (details: object, message: string) => void }
  signal: AbortSignal
}

// A job is fetched when it is due: polling is for the retry of one that failed.
const fallback = { pollingIntervalSeconds: 300 } as const

/** Starts the worker of a job and returns its id. */
export const workOn = async (boss: PgBoss, { name, run }: Job): Promise<string> => {
  await createQueue(boss, { name, policy: 'stately', retryLimit: 2, expireInSeconds: 300 })
  return boss.work(name, fallback, () => run())
}

/**
 * Returns the schedule of jobs. The id of an occurrence is the same in all replicas, so it is stored
 * once.
 */
export const scheduleOf = (
  boss: PgBoss,
  workerOf: ReadonlyMap<Job, string>,
  { log, signal }: Options,
): Omit<Schedule<Job>, 'rest'> => ({
  next: ({ cron }, since) => {
    const [time] = boss.previewSchedule(cron, { from: new Date(since), count: 1, tz: 'UTC' })
    return time?.getTime() ?? Infinity
  },
  start: async (job, at) => {
    await boss.insert(job.name, [{ id: uuidOf(`${job.name} ${at}`) }])
    const worker = workerOf.get(job)
    if (worker) boss.notifyWorker(worker)
  },
  onError: (err) => {
    if (!signal.aborted) log.error({ err }, 'jobs: a job could not be started, retrying')
  },
})
