// Sends queued mails, and settles their jobs.
import type { InsertJobs, JobOutcome, Queued } from '@vobee/shared/data/jobs/jobs'
import { retry } from '@vobee/shared/data/retry'
import { isGroup } from '../groups.ts'
import type { MailJob } from '../mails.ts'
import { markMailed } from '../mark-mailed.ts'
import { singleOutcome } from './outcomes.ts'
import { type Results, type SendDeps, sendMails } from './send.ts'
import { settleGroup } from './settle-group.ts'

export type WorkerDeps = SendDeps & { insertJobs: InsertJobs }

// Mails of groups are marked as they are recorded. An error here must not send the mails again.
const markSingles = async ({ db, log }: WorkerDeps, { byMail }: Results) => {
  const sent = [...byMail].filter(
    ([{ key }, { outcome }]) => key === undefined && outcome === 'sent',
  )
  const jobs = sent.map(([{ data }]) => data).filter(({ kind }) => kind === 'invited')
  if (jobs.length === 0) return
  const ids = jobs.map((data) => (data as MailJob).entry_id)
  await retry(() => markMailed(db, ids)).catch((err) =>
    log.warn({ err }, 'mails of a wave are not counted'),
  )
}

/**
 * Returns the function that sends the mails of fetched jobs. After a mail failed, it checks the mail
 * server: during an outage a million mails wait untouched, and go out when the server is back.
 */
export const mailWorker =
  (deps: WorkerDeps) =>
  async (jobs: readonly Queued[]): Promise<JobOutcome[]> => {
    const results = await sendMails(deps, jobs)
    await markSingles(deps, results)
    const outcomes: JobOutcome[] = []
    for (const job of jobs) {
      const isShared = isGroup(job.data as object)
      outcomes.push(
        await (isShared ? settleGroup(deps, job, results) : singleOutcome(job.id, results)),
      )
    }
    return outcomes
  }
