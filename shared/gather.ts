// Micro-batching: the requests of one event-loop turn share one statement and one commit.
import DataLoader from 'dataloader'
import { overloaded } from './problem.ts'

export type Limits = {
  /** Most items in one batch. */
  batch: number
  /** Most batches in flight: with two, one is prepared here while Postgres is at the other. */
  lanes: number
  /** Most items waiting before new ones are refused. */
  waiting: number
}

const usual: Limits = { batch: 256, lanes: 2, waiting: 2_048 }

/**
 * Gathers single acts into batches; those who come while all lanes are taken share the next one.
 * `act` gives a result or an Error for each item, in order: a bad item fails alone.
 * @throws overloaded (503) at once when too many wait already.
 */
export const gather = <Item, Result>(
  act: (items: readonly Item[]) => Promise<ReadonlyArray<Result | Error>>,
  limits: Limits = usual,
) => {
  const held: (() => void)[] = []
  let flying = 0
  let waiting = 0

  const fly = () => {
    while (flying < limits.lanes && held.length > 0) {
      flying++
      held.shift()?.()
    }
  }
  const loader = new DataLoader<Item, Result>(
    async (items) => {
      try {
        return await act(items)
      } finally {
        flying--
        fly()
      }
    },
    {
      cache: false,
      maxBatchSize: limits.batch,
      // The loader's own schedule runs before the next request is read, so it gathers nothing.
      batchScheduleFn: (dispatch) =>
        setImmediate(() => {
          held.push(dispatch)
          fly()
        }),
    },
  )
  return async (item: Item): Promise<Result> => {
    if (waiting >= limits.waiting) {
      throw overloaded('Too many requests are waiting.', { headers: { 'retry-after': '1' } })
    }
    waiting++
    try {
      return await loader.load(item)
    } finally {
      waiting--
    }
  }
}
