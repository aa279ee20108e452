// When scheduled jobs are due.
import { setTimeout as wait } from 'node:timers/promises'

const MINUTE_MS = 60_000

export type Schedule<Job> = {
  /** Returns the first time after `since` (ms) at which a job is due, in ms. */
  next: (job: Job, since: number) => number
  /** Starts a job that was due at a time. Called again at the next minute if it rejects. */
  start: (job: Job, at: number) => Promise<unknown>
  onError: (error: unknown) => void
}

/** Returns what starts the jobs that were due since the last call. */
export const dueJobs = <Job>(jobs: readonly Job[], schedule: Schedule<Job>, from: number) => {
  const since = new Map(jobs.map((job) => [job, from]))
  const startIfDue = async (job: Job, now: number) => {
    const at = schedule.next(job, since.get(job) ?? now)
    if (at <= now) await schedule.start(job, at)
    since.set(job, now)
  }
  return (now: number) =>
    Promise.all(jobs.map((job) => startIfDue(job, now).catch(schedule.onError)))
}

/** Starts each job in the minute in which it is due, until `signal` aborts. */
export const runSchedule = async <Job>(
  jobs: readonly Job[],
  schedule: Schedule<Job>,
  signal: AbortSignal,
): Promise<void> => {
  // A restart at a job's minute does not skip the job.
  const startDue = dueJobs(jobs, schedule, Date.now() - MINUTE_MS)
  for (;;) {
    const pause = MINUTE_MS - (Date.now() % MINUTE_MS)
    await wait(pause, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    await startDue(Date.now())
  }
}
