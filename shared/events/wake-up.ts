// Wakes the consumer of an inbox by LISTEN. Without a session that listens the inbox is polled.
import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '../data/database.ts'
import type { Service } from './catalogue.ts'
import { canSleep, hasDue, markAsleep, unmark } from './inbox-queries.ts'
import { keepListening, type Listening, type Session } from './listen-session.ts'

export type WakeUp = {
  /** Whether a session listens. */
  isOpen: () => boolean
  /** Sleeps until an event may be due. Returns false at once if nothing would wake it. */
  sleep: () => Promise<boolean>
  start: () => void
  stop: () => Promise<void>
}

/** How often a session is checked, in ms. It also looks for events whose notification was lost. */
const CHECK_MS = 5_000

const elsewhere = 'LISTEN_DATABASE_URL is another database than DATABASE_URL'

/** The mark of a sleeping consumer. Publishers notify while the session of a replica holds it. */
const openMark = (service: Service) => {
  let isHeld = false
  return {
    isHeld: () => isHeld,
    /** Sets it, unless another replica did. Returns false if the session is lost. */
    set: async ({ query }: Session): Promise<boolean> => {
      const row = await query(markAsleep(service)).catch(() => null)
      isHeld = row?.held === true
      return row !== null
    },
    /** Nothing is notified while the consumer works. */
    end: ({ query }: Session) => {
      isHeld = false
      query(unmark).catch(() => {})
    },
  }
}

type Options = Pick<Listening, 'service' | 'log'> & { checkMs?: number }

/** Opens the wake-up of a service's inbox in `db`; `url` leads to the same database, directly. */
export const openWakeUp = (
  db: Database,
  url: string,
  { service, log, checkMs = CHECK_MS }: Options,
): WakeUp => {
  const stopping = new AbortController()
  const { signal } = stopping
  const mark = openMark(service)
  let listening: ReturnType<typeof keepListening> | undefined
  let session: Session | null = null
  let isAsleep = false
  let sleeper = Promise.withResolvers<void>()
  const wake = () => sleeper.resolve()

  // Marks before it looks once more: a later event is notified. The look goes through the pool, so it
  // also shows that publishers see the mark.
  const sleepOn = async (open: Session): Promise<boolean> => {
    if (!(await mark.set(open))) return false
    const { waiting, marked } = (await db.query(canSleep(service))).rows[0]
    if (mark.isHeld() && !marked) open.close(new Error(elsewhere))
    if (waiting || !marked) return false
    listening?.noteSuccess()
    await sleeper.promise
    return true
  }
  const sleep = async (): Promise<boolean> => {
    const open = session
    if (!open) return false
    sleeper = Promise.withResolvers()
    isAsleep = true
    try {
      return await sleepOn(open)
    } finally {
      isAsleep = false
      mark.end(open)
    }
  }

  const check = async (open: Session) => {
    const { due, read_only } = await open.query(hasDue(service))
    if (read_only) throw new Error('the server accepts no writes any more')
    if (due) wake()
    // The replica that held the mark may have ended.
    if (!isAsleep || mark.isHeld()) return
    await mark.set(open)
    if (!isAsleep) mark.end(open)
  }
  const use = async (open: Session): Promise<never> => {
    session = open
    try {
      for (;;) {
        await Promise.race([open.lost, wait(checkMs, undefined, { signal })])
        await check(open)
      }
    } finally {
      session = null
      wake()
    }
  }
  return {
    isOpen: () => session !== null,
    sleep,
    start: () => {
      listening ??= keepListening(url, { service, log, wake, use, signal })
    },
    stop: async () => {
      stopping.abort()
      wake()
      await listening?.done
    },
  }
}
