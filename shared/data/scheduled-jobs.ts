// Scheduled jobs on pg-boss. Each has a queue of its own, so that none waits for another.
import type { PgBoss } from 'pg-boss'
import { createQueue } from './job-queue.ts'
import { uuidOf } from './named-uuid.ts'
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

// A job is fetched when it is due: polling is for jobs that failed or whose process ended.
const fallback = { pollingIntervalSeconds: 15 } as const

/** Starts the worker of a job. Returns what makes it fetch at once. */
export const workOn = async (boss: PgBoss, { name, run }: Job): Promise<() => void> => {
  await createQueue(boss, { name, policy: 'stately', retryLimit: 2, expireInSeconds: 300 })
  const worker = await boss.work(name, fallback, () => run())
  return () => boss.notifyWorker(worker)
}

/**
 * Returns the schedule of jobs. The id of an occurrence is the same in all replicas, so it is stored
 * once. `wake` holds what `workOn` returned.
 */
export const scheduleOf = (
  boss: PgBoss,
  wake: ReadonlyMap<Job, () => void>,
  { log, signal }: Options,
): Schedule<Job> => ({
  next: ({ cron }, since) => {
    const [time] = boss.previewSchedule(cron, { from: new Date(since), count: 1, tz: 'UTC' })
    return time?.getTime() ?? Infinity
  },
  start: async (job, at) => {
    await boss.insert(job.name, [{ id: uuidOf(`${job.name} ${at}`) }])
    wake.get(job)?.()
  },
  onError: (err) => {
    if (!signal.aborted) log.error({ err }, 'jobs: a job could not be started, retrying')
  },
})
