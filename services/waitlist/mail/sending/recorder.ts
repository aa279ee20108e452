// Records sent mails of groups while further ones are sent, so that they are not sent again if the
// process is killed.
import { setTimeout as wait } from 'node:timers/promises'
import { type Database, transaction } from '@vobee/shared/data/database'
import { isConnectionLost } from '@vobee/shared/data/database-errors'
import { retry } from '@vobee/shared/data/retry'
import { recordSent } from '../entry-mails.ts'
import type { MailJob } from '../mails.ts'
import { markMailed } from '../mark-mailed.ts'
import type { JobMail } from './job-mails.ts'

/** How long recording is repeated while the database is unavailable, and the pause, in ms. */
const OUTAGE_MS = 60_000
const PAUSE_MS = 500

/** Mails that are sent within this time share a statement, in ms. */
const GATHER_MS = 5

const untilAvailable = async (action: () => Promise<unknown>) => {
  const deadline = performance.now() + OUTAGE_MS
  for (;;) {
    try {
      return await retry(action)
    } catch (error) {
      if (!isConnectionLost(error) || performance.now() > deadline) throw error
      await wait(PAUSE_MS)
    }
  }
}

const entryOf = ({ data }: JobMail) => (data as MailJob).entry_id

/** `isSent`: not if its recipient should not get it any more. */
type Recorded = JobMail & { isSent: boolean }

export type Recorder = (mail: Recorded) => Promise<unknown>

const record = async (db: Database, mails: readonly Recorded[]) => {
  const byJob = Map.groupBy(mails, ({ jobId }) => jobId)
  const progress = [...byJob].map(([id, same]) => ({ id, entry_ids: same.map(entryOf) }))
  const invited = mails.filter(({ data, isSent }) => isSent && data.kind === 'invited').map(entryOf)
  if (invited.length === 0) return recordSent(db, progress)
  // In the order of erasing, which locks entries before mails.
  return transaction(db, async (connection) => {
    await markMailed(connection, invited)
    return recordSent(connection, progress)
  })
}

/**
 * Returns a function that records a sent mail and resolves when that is committed. One statement is in
 * progress at a time: the mails that are sent meanwhile share the next.
 */
export const openRecorder = (db: Database): Recorder => {
  let next: { mails: Recorded[]; recorded: Promise<unknown> } | null = null
  let last: Promise<unknown> = Promise.resolve()
  return (mail) => {
    if (next) {
      next.mails.push(mail)
      return next.recorded
    }
    const mails = [mail]
    const recorded = last
      .then(() => wait(GATHER_MS))
      .then(() => {
        next = null
        return untilAvailable(() => record(db, mails))
      })
    last = recorded.catch(() => {})
    next = { mails, recorded }
    return recorded
  }
}
