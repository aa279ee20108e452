// Sends queued mails. Each is composed at that moment, so its place and language are current.
import { setTimeout as wait } from 'node:timers/promises'
import type { JobOutcome, Queued } from '@vobee/shared/data/jobs'
import { retry } from '@vobee/shared/data/retry'
import type { Mailer } from '@vobee/shared/mail'
import { type ComposeDeps, composeMail } from './compose.ts'
import { deleteIssuedMail } from './issued-mails.ts'
import { markMailed } from './mark-mailed.ts'
import type { IssuedJob, MailJob } from './queue.ts'

export type WorkerDeps = ComposeDeps & {
  mailer: Mailer
  isStopping: () => boolean
  log: { warn: (details: object, message: string) => void }
}

const completed = (id: string): JobOutcome => ({ id, status: 'completed' })
const failed = (id: string, reason: string): JobOutcome => ({
  id,
  status: 'failed',
  output: { reason },
})
const deadLettered = (id: string, reason: string): JobOutcome => ({
  id,
  status: 'deadletter',
  output: { reason },
})

// The mail is sent: an error here must not send it again. An hourly job deletes what is left.
const forgetAddress = async ({ db }: WorkerDeps, job: MailJob | IssuedJob) => {
  if (job.kind === 'issued') await deleteIssuedMail(db, job.issued_id).catch(() => {})
}

/** Sends a mail; adds the entry that it invites to `invited`. */
const sendOne = async (
  deps: WorkerDeps,
  { id, data }: Queued,
  invited: string[],
): Promise<JobOutcome> => {
  const job = data as MailJob | IssuedJob
  try {
    const mail = await composeMail(deps, id, job)
    const result = mail ? await deps.mailer.send(mail) : ({ outcome: 'sent' } as const)
    if (result.outcome === 'sent') {
      await forgetAddress(deps, job)
      if (mail && job.kind === 'invited') invited.push(job.entry_id)
      return completed(id)
    }
    return (result.outcome === 'rejected' ? deadLettered : failed)(id, result.reason)
  } catch (error) {
    // The message of a database error may quote the row.
    return failed(id, `database ${(error as { code?: string }).code ?? ''}`.trim())
  }
}

const CHECK_MS = 1_000
const MAX_WAIT_MS = 60_000

/** Waits until the mail server is available; returns its error if that takes too long. */
const waitForServer = async ({ mailer, isStopping }: WorkerDeps): Promise<string | null> => {
  const deadline = performance.now() + MAX_WAIT_MS
  for (;;) {
    const error = await mailer.findError()
    if (!error || isStopping() || performance.now() > deadline) return error
    await wait(CHECK_MS)
  }
}

const sendAll = async (deps: WorkerDeps, jobs: readonly Queued[]): Promise<JobOutcome[]> => {
  const invited: string[] = []
  const outcomes = await Promise.all(jobs.map((job) => sendOne(deps, job, invited)))
  // The mails are sent: an error here must not send them again.
  if (invited.length > 0) {
    await retry(() => markMailed(deps.db, invited)).catch((err) =>
      deps.log.warn({ err }, 'mails of a wave are not counted'),
    )
  }
  return outcomes
}

/**
 * Returns the function that sends a batch. After a mail failed, it checks the mail server before the
 * next batch: during an outage a million mails wait untouched, and go out when the server is back.
 */
export const mailWorker = (deps: WorkerDeps) => {
  let isDoubtful = false
  return async (jobs: readonly Queued[]): Promise<JobOutcome[]> => {
    const error = isDoubtful ? await waitForServer(deps) : null
    const outcomes = error ? jobs.map(({ id }) => failed(id, error)) : await sendAll(deps, jobs)
    const delayed = outcomes.find(({ status }) => status === 'failed')
    if (delayed && !isDoubtful) deps.log.warn({ mail: delayed.output }, 'mail is delayed')
    isDoubtful = delayed !== undefined
    return outcomes
  }
}
