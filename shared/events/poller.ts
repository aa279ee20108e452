// Polls an inbox until it is stopped, also while the database is unavailable. While nothing happens
// it polls less often, or sleeps until it is woken.
import { setTimeout as wait } from 'node:timers/promises'
import type { WakeUp } from './wake-up.ts'

/**
 * Between two polls when the first took all there was, so that events share a batch. A consumer
 * that polled again at once took a third more CPU while people joined.
 */
const POLL_MS = 150
/** The longest pause while nothing happens: two events in a row take 1.2 s at most. */
const LONGEST_MS = 500
const UNAVAILABLE_MS = 500
/** Polls that found nothing before the poller sleeps. */
const BEFORE_SLEEP = 2

type Log = { warn: (details: object, message: string) => void }

/** What a batch took: as much as it may, all that was due, or nothing. */
export type Found = 'more' | 'all' | 'nothing'
/** An event that is due, one that is retried later, or none. */
export type Seen = 'due' | 'later' | 'nothing'

export type Source = {
  processBatch: () => Promise<Found>
  /** Looks for events, which is cheaper than a batch. */
  look: () => Promise<Seen>
  wakeUp?: Pick<WakeUp, 'isOpen' | 'sleep'> | undefined
}

/** Resolves after `ms`, or rejects when the signal aborts. */
type Pause = (ms: number, value: undefined, options: { signal: AbortSignal }) => Promise<unknown>

/** @returns `start`; and `stop`, which resolves when the batch in progress has ended. */
export const openPoller = (
  { processBatch, look, wakeUp }: Source,
  log: Log,
  pause: Pause = wait,
) => {
  const stopping = new AbortController()
  const { signal } = stopping
  let polling: Promise<void> | undefined
  let isUnavailable = false
  /** Polls in a row that took nothing. */
  let empty = 0

  const pauseAfterNothing = async (seen: Seen): Promise<number> => {
    empty++
    const longer = Math.min(POLL_MS * 2 ** (empty - 1), LONGEST_MS)
    if (!wakeUp?.isOpen() || seen === 'later') return longer
    if (empty < BEFORE_SLEEP || !(await wakeUp.sleep())) return POLL_MS
    empty = 0
    return 0
  }
  const pollOnce = async (): Promise<number> => {
    const seen = empty === 0 ? 'due' : await look()
    const found = seen === 'due' ? await processBatch() : 'nothing'
    if (found === 'nothing') return pauseAfterNothing(seen)
    empty = 0
    return found === 'more' ? 0 : POLL_MS
  }
  const poll = async (): Promise<number> => {
    try {
      const ms = await pollOnce()
      isUnavailable = false
      return ms
    } catch (err) {
      if (!isUnavailable) log.warn({ err }, 'the inbox cannot be read; events wait')
      isUnavailable = true
      return UNAVAILABLE_MS
    }
  }
  const pollUntilStopped = async () => {
    while (!signal.aborted) {
      const ms = await poll()
      if (ms) await pause(ms, undefined, { signal }).catch(() => {})
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
