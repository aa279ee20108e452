import { beforeEach, expect, test, vi } from 'vitest'
import { type Found, openPoller, type Seen, type Source } from './poller.ts'

const pauses: number[] = []
const pause = async (ms: number) => {
  pauses.push(ms)
}
beforeEach(() => {
  pauses.length = 0
})

const log = { warn: () => {} }

/** Polls until `turns` are over; each turn is what the source has then. */
const poll = async (turns: (Found | 'later' | 'away')[], wakeUp?: Source['wakeUp']) => {
  let turn = 0
  const batches: number[] = []
  const now = () => {
    const found = turns[turn++] ?? 'nothing'
    if (turn >= turns.length) poller.stop()
    if (found === 'away') throw new Error('unavailable')
    return found
  }
  let seen: Found | 'later' | null = null
  const look = async (): Promise<Seen> => {
    seen = now()
    return seen === 'nothing' || seen === 'later' ? seen : 'due'
  }
  const processBatch = async (): Promise<Found> => {
    batches.push(turn)
    const found = seen ?? now()
    seen = null
    return found === 'later' ? 'nothing' : found
  }
  const poller = openPoller({ look, processBatch, wakeUp }, log, pause)
  poller.start()
  await poller.stop
  await vi.waitFor(() => expect(turn).toBeGreaterThanOrEqual(turns.length))
  return batches
}

test('full batches follow each other at once, and a pause follows a short one', async () => {
  await poll(['more', 'more', 'all', 'all', 'nothing'])
  expect(pauses.slice(0, 2)).toEqual([150, 150])
})

test('polling slows down while nothing happens, and returns to full speed after an event', async () => {
  await poll(['nothing', 'nothing', 'nothing', 'nothing', 'all', 'nothing', 'nothing'])
  expect(pauses.slice(0, 6)).toEqual([150, 300, 500, 500, 150, 150])
})

test('an event that waits for a retry, and an unavailable database, are polled for', async () => {
  const sleep = vi.fn(async () => true)
  await poll(['nothing', 'later', 'later', 'away', 'later', 'later'], { isOpen: () => true, sleep })
  expect(sleep).not.toHaveBeenCalled()
  expect(pauses.slice(0, 4)).toEqual([150, 300, 500, 500])
})
