// The one policy for work that Postgres asks to run again.

// Serialization failure, deadlock; 25P02: an inner retry in a transaction that one of them ended.
const retryable = /^(40001|40P01|25P02)$/

/** Whether the same work succeeds when it is run again. */
export const isRetryable = (error: unknown): boolean =>
  retryable.test((error as { code?: string }).code ?? '')

const ATTEMPTS = 5

/**
 * Runs `attempt` up to five times while it fails with a deadlock, a serialization failure or what
 * `isExpected` accepts. @throws the last error.
 */
export const retry = async <T>(
  attempt: () => Promise<T>,
  isExpected: (error: unknown) => boolean = () => false,
): Promise<T> => {
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      return await attempt()
    } catch (error) {
      if (left === 0 || !(isRetryable(error) || isExpected(error))) throw error
    }
  }
}
