// Sends what was queued: written at that moment, so that place and language are as they are then.
import { setTimeout as wait } from 'node:timers/promises'
import type { JobOutcome, Queued } from '@vobee/shared/data/jobs'
import type { Mailer } from '@vobee/shared/mail'
import { type MailDeps, mailOf } from './compose.ts'
import type { MailJob } from './queue.ts'

export type SenderDeps = MailDeps & {
  mailer: Mailer
  isStopping: () => boolean
  log: { warn: (details: object, message: string) => void }
}

const done = (id: string): JobOutcome => ({ id, status: 'completed' })
const later = (id: string, reason: string): JobOutcome => ({
  id,
  status: 'failed',
  output: { reason },
})
const never = (id: string, reason: string): JobOutcome => ({
  id,
  status: 'deadletter',
  output: { reason },
})

const sendOne = async (deps: SenderDeps, { id, data }: Queued): Promise<JobOutcome> => {
  try {
    const mail = await mailOf(deps, id, data as MailJob)
    if (!mail) return done(id)
    const sending = await deps.mailer.send(mail)
    if (sending.outcome === 'sent') return done(id)
    return (sending.outcome === 'rejected' ? never : later)(id, sending.reason)
  } catch (error) {
    // What the database says may repeat the row.
    return later(id, `database ${(error as { code?: string }).code ?? ''}`.trim())
  }
}

const LOOK_AGAIN_MS = 1_000
const PATIENCE_MS = 60_000

/** Waits for a mail server that is away; gives why it is when that took too long. */
const untilBack = async ({ mailer, isStopping }: SenderDeps): Promise<string | null> => {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const fault = await mailer.findError()
    if (!fault || isStopping() || performance.now() > until) return fault
    await wait(LOOK_AGAIN_MS)
  }
}

/**
 * Makes what settles queued mails. Where one could not be sent, the mail server is looked for before
 * the next ones: while it is away a million mails wait untouched, and begin when it is back.
 */
export const sender = (deps: SenderDeps) => {
  let isDoubtful = false
  return async (jobs: readonly Queued[]): Promise<JobOutcome[]> => {
    const fault = isDoubtful ? await untilBack(deps) : null
    const settled = fault
      ? jobs.map(({ id }) => later(id, fault))
      : await Promise.all(jobs.map((job) => sendOne(deps, job)))
    const delayed = settled.find(({ status }) => status === 'failed')
    if (delayed && !isDoubtful) deps.log.warn({ mail: delayed.output }, 'mail is delayed')
    isDoubtful = delayed !== undefined
    return settled
  }
}
