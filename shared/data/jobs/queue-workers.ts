// The workers of queues, and waking them.
import type { JobResult, PgBoss, Queue as QueueTerms } from 'pg-boss'
import { createQueue } from './job-queue.ts'

/** `signal` aborts when the job is no longer this worker's. */
export type Queued = { id: string; data: unknown; signal: AbortSignal }
export type JobOutcome = JobResult

/** A queue and its worker. */
export type Queue = QueueTerms & {
  name: string
  /** Processes up to `batch` jobs at a time and returns their outcomes. Without it they are stored. */
  work?: { batch: number; acknowledge: (jobs: readonly Queued[]) => Promise<JobOutcome[]> }
}

// After a full batch the next is fetched at once. A process fetches what it inserted itself when that
// has committed (`openWaking`); polling finds the jobs of other replicas, and those that are due again.
const pace = { pollingIntervalSeconds: 2, burstWhenBatchFull: true, perJobResults: true } as const

/** Starts the workers of queues. Returns their ids by queue. */
export const startQueues = async (
  boss: PgBoss,
  queues: readonly Queue[],
): Promise<Map<string, string>> => {
  const workers = new Map<string, string>()
  for (const { work, ...queue } of queues) {
    await createQueue(boss, queue)
    if (!work) continue
    const options = { ...pace, batchSize: work.batch }
    workers.set(queue.name, await boss.work(queue.name, options, work.acknowledge))
  }
  return workers
}

/** Jobs that are inserted within this time share a fetch, in ms. */
const GATHER_MS = 100

/** Returns a function that makes the worker of a queue fetch soon. */
export const openWaking = (boss: PgBoss, workers: ReadonlyMap<string, string>) => {
  const timers = new Map<string, NodeJS.Timeout>()
  return (queue: string) => {
    const worker = workers.get(queue)
    if (!worker || timers.has(queue)) return
    const wake = () => {
      timers.delete(queue)
      boss.notifyWorker(worker)
    }
    timers.set(queue, setTimeout(wake, GATHER_MS).unref())
  }
}
