// How many events share a transaction: fewer while they take long, because requests wait for the locks
// of their handlers. Fifty events of 100 joins with one code took longer than a request may wait.

const SLOW_MS = 250

type Batch = { handled: number; ms: number }

/** Returns the size of the next batch, 1 to `most`, after a batch of at most `size` events. */
export const nextBatchSize = (
  { handled, ms }: Batch,
  { size, most }: { size: number; most: number },
): number => {
  if (ms > SLOW_MS) return Math.max(1, Math.floor(handled / 2))
  return handled === size ? Math.min(most, 2 * size) : size
}
