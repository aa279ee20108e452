// What becomes of a group of which some mails were not sent.
import { randomUUID } from 'node:crypto'
import { type Database, transaction } from '@vobee/shared/data/database'
import type { InsertJobs, JobOutcome, NewJob, Queued } from '@vobee/shared/data/jobs/jobs'
import { sql } from '@vobee/shared/data/sql'
import { recordSent } from '../entry-mails.ts'
import type { MailGroup } from '../groups.ts'
import type { MailJob } from '../mails.ts'
import { deadMailQueue, groupJobOf, jobOf, mailGroupQueue, mailQueue } from '../queue.ts'
import type { JobMail } from './job-mails.ts'
import { completed, type Failure, failed, unsentOf } from './outcomes.ts'
import { databaseReason, type Results } from './send.ts'

type GroupDeps = { db: Database; insertJobs: InsertJobs }
type Unsent = { failures: readonly Failure[]; untried: readonly JobMail[] }

const entryOf = ({ data }: JobMail) => (data as MailJob).entry_id

/** The single mail has the same Message-ID. Reports find `reason`. */
const singleOf = ({ mail, reason }: Failure): NewJob => {
  const { kind, codes } = mail.data as MailJob
  const data = { ...(codes && { codes }), reason }
  return jobOf({ kind, entryId: entryOf(mail), key: mail.key as string, data })
}

const groupWith = ({ data }: Queued, left: readonly JobMail[]): MailGroup => {
  const { kind, mails } = data as MailGroup
  const isLeft = new Set(left.map(entryOf))
  return {
    kind,
    mails: Object.fromEntries(Object.entries(mails).filter(([entryId]) => isLeft.has(entryId))),
  }
}

// As erasing does before it deletes mails: it then sees the new jobs, or has ended.
const lockEntries = (entryIds: readonly string[]) => sql`
  select from waitlist.entries where id = any (${entryIds}::uuid[]) order by person for key share`

/**
 * Queues the failed mails singly, and those that were not tried as a new group: all of it or nothing.
 * Mails of entries that were erased meanwhile are dropped.
 */
const moveUnsent = ({ db, insertJobs }: GroupDeps, job: Queued, { failures, untried }: Unsent) =>
  transaction(db, async (connection) => {
    const moved = [...failures.map(({ mail }) => mail), ...untried]
    const entryIds = moved.map(entryOf)
    await connection.query(lockEntries(entryIds))
    const progress = [{ id: job.id, entry_ids: entryIds }]
    const present = await recordSent(connection, progress)
    const singles = (outcome: Failure['outcome']) =>
      failures
        .filter((one) => one.outcome === outcome && present.has(entryOf(one.mail)))
        .map(singleOf)
    const delayed = singles('delayed').map((one) => ({ ...one, startAfter: mailQueue.retryDelay }))
    const left = untried.filter((mail) => present.has(entryOf(mail)))
    // The same mails under another id: the id of this job exists.
    const groups = left.length > 0 ? [groupJobOf(groupWith(job, left), randomUUID())] : []
    await insertJobs(connection, mailQueue.name, delayed)
    await insertJobs(connection, deadMailQueue.name, singles('rejected'))
    await insertJobs(connection, mailGroupQueue.name, groups)
  })

/** Returns the outcome of a group. */
export const settleGroup = async (
  deps: GroupDeps,
  job: Queued,
  results: Results,
): Promise<JobOutcome> => {
  const { id, signal } = job
  const { failures, untried } = unsentOf(id, results)
  // pg-boss ignores this outcome: the job is another worker's.
  if (signal.aborted) return failed(id, 'the claim was lost')
  if (failures.length + untried.length === 0) return completed(id)
  const isDelayed = failures.some(({ outcome }) => outcome === 'delayed')
  const isUntouched = results.byMail.size === 0
  // During an outage its mails wait together.
  if (results.error && (isDelayed || isUntouched)) return failed(id, results.error)
  try {
    await moveUnsent(deps, job, { failures, untried })
    return completed(id)
  } catch (error) {
    return failed(id, databaseReason(error))
  }
}
