// Polls an inbox until it is stopped, also while the database is unavailable.
import { setTimeout as wait } from 'node:timers/promises'

/**
 * Between two polls when the first took all there was, so that events share a batch. A consumer
 * that polled again at once took a third more CPU while people joined.
 */
const POLL_MS = 150
const UNAVAILABLE_MS = 500

type Log = { warn: (details: object, message: string) => void }

/**
 * @param processBatch handles a batch; returns whether it took all that was due.
 * @returns `start`; and `stop`, which resolves when the batch in progress has ended.
 */
export const openPoller = (processBatch: () => Promise<boolean>, log: Log) => {
  const stopping = new AbortController()
  let polling: Promise<void> | undefined
  let isUnavailable = false

  const poll = async (): Promise<number> => {
    try {
      const isEmpty = await processBatch()
      isUnavailable = false
      return isEmpty ? POLL_MS : 0
    } catch (err) {
      if (!isUnavailable) log.warn({ err }, 'the inbox cannot be read; events wait')
      isUnavailable = true
      return UNAVAILABLE_MS
    }
  }
  const pollUntilStopped = async () => {
    while (!stopping.signal.aborted) {
      const pause = await poll()
      if (pause) await wait(pause, undefined, { signal: stopping.signal }).catch(() => {})
    }
  }
  return {
    start: () => {
      polling ??= pollUntilStopped()
    },
    stop: async () => {
      stopping.abort()
      await polling
    },
  }
}
