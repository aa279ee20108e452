// When scheduled jobs are due.
import { setTimeout as wait } from 'node:timers/promises'

const MINUTE_MS = 60_000
/** Between two jobs that are due together: they share a connection, and the minute has no peak. */
const GAP_MS = 200

export type Schedule<Job> = {
  /** Returns the first time after `since` (ms) at which a job is due, in ms. */
  next: (job: Job, since: number) => number
  /** Starts a job that was due at a time. Called again at the next minute if it rejects. */
  start: (job: Job, at: number) => Promise<unknown>
  onError: (error: unknown) => void
  /** Waits after a job was started. */
  rest: () => Promise<unknown>
}

/** Returns what starts the jobs that were due since the last call. */
export const dueJobs = <Job>(jobs: readonly Job[], schedule: Schedule<Job>, from: number) => {
  const since = new Map(jobs.map((job) => [job, from]))
  const startIfDue = async (job: Job, now: number) => {
    const at = schedule.next(job, since.get(job) ?? now)
    if (at <= now) {
      await schedule.start(job, at)
      await schedule.rest()
    }
    since.set(job, now)
  }
  return async (now: number) => {
    for (const job of jobs) await startIfDue(job, now).catch(schedule.onError)
  }
}

/** Starts each job in the minute in which it is due, until `signal` aborts. */
export const runSchedule = async <Job>(
  jobs: readonly Job[],
  schedule: Omit<Schedule<Job>, 'rest'>,
  signal: AbortSignal,
): Promise<void> => {
  const rest = () => wait(GAP_MS, undefined, { signal }).catch(() => {})
  // A restart at a job's minute does not skip the job.
  const startDue = dueJobs(jobs, { ...schedule, rest }, Date.now() - MINUTE_MS)
  for (;;) {
    const pause = MINUTE_MS - (Date.now() % MINUTE_MS)
    await wait(pause, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    await startDue(Date.now())
  }
}
