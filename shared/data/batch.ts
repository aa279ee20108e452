// Micro-batching: the requests of one event-loop turn share one statement and one commit.
import { setImmediate as endOfTurn } from 'node:timers/promises'
import DataLoader from 'dataloader'
import pLimit from 'p-limit'
import { overloaded } from '../http/problem.ts'

export type BatchLimits = {
  /** Most items in one batch. */
  batch: number
  /** Most items that wait before new ones are rejected. */
  waiting: number
}

export const defaultLimits: BatchLimits = { batch: 256, waiting: 2_048 }

// At the end of the turn: a thousand clients that retry at once would otherwise keep the loop
// reading requests, up to 48 times, before it sends a batch or a reply.
const reject = async (): Promise<never> => {
  await endOfTurn()
  throw overloaded('Too many requests are waiting.', { headers: { 'retry-after': '1' } })
}

/**
 * Returns a function that runs single items in batches, one batch in flight at a time: items that
 * arrive meanwhile share the next. With two in flight, batches were half as large and a fifth slower.
 * @param run returns a result or an Error for each item, in order: a bad item fails alone.
 * @throws overloaded (503), at once if too many items wait. `rejectWhenFull` throws it without an item.
 */
export const batch = <Item, Result>(
  run: (items: readonly Item[]) => Promise<ReadonlyArray<Result | Error>>,
  limits: BatchLimits = defaultLimits,
) => {
  const ready: (() => void)[] = []
  let isRunning = false
  let waiting = 0

  const runNext = () => {
    const next = isRunning ? undefined : ready.shift()
    if (!next) return
    isRunning = true
    next()
  }
  const loader = new DataLoader<Item, Result>(
    async (items) => {
      try {
        return await run(items)
      } finally {
        isRunning = false
        runNext()
        // Sends the next batch before the results of this one: 8 % more joins.
        await endOfTurn()
      }
    },
    {
      cache: false,
      maxBatchSize: limits.batch,
      // DataLoader's own schedule runs before the next request is read, so batches would hold one item.
      batchScheduleFn: (dispatch) =>
        setImmediate(() => {
          ready.push(dispatch)
          runNext()
        }),
    },
  )
  const isFull = () => waiting >= limits.waiting
  const rejectWhenFull = async () => {
    if (isFull()) await reject()
  }
  const load = async (item: Item): Promise<Result> => {
    if (isFull()) return reject()
    waiting++
    try {
      return await loader.load(item)
    } finally {
      waiting--
    }
  }
  return Object.assign(load, { rejectWhenFull, isFull })
}

/**
 * Returns a function that runs at most `atOnce` actions at a time in this process. At most `waiting`
 * actions run or wait; those that wait hold no connection. @throws overloaded (503) at once beyond that.
 */
export const limit = (atOnce: number, waiting: number) => {
  const run = pLimit(atOnce)
  return <T>(action: () => Promise<T>): Promise<T> =>
    run.activeCount + run.pendingCount < waiting ? run(action) : reject()
}

/** The same for one action at a time. */
export const mutex = (waiting: number) => limit(1, waiting)
