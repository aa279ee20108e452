// Sends the mails of fetched jobs, composed at that moment, so their place and language are current.
import type { Queued } from '@vobee/shared/data/jobs/jobs'
import type { Mailer, SendResult } from '@vobee/shared/mail'
import { deleteIssuedMail } from '../issued-mails.ts'
import { type ComposeDeps, composeMails, type Write } from './compose.ts'
import { type JobMail, mailsOf } from './job-mails.ts'
import { openRecorder, type Recorder } from './recorder.ts'
import type { ServerCheck } from './server-check.ts'

export type SendDeps = ComposeDeps & {
  mailer: Mailer
  server: ServerCheck
  isStopping: () => boolean
  log: { warn: (details: object, message: string) => void }
}

/**
 * Mails in flight or not yet recorded, of which five are on a connection. If the process is killed,
 * these may be sent again.
 */
const LANES = 10

/** Mails that share one statement for their recipients and one for their links. */
const SLICE = 50

/** `unwanted`: the recipient should not get the mail any more. */
export type MailResult = SendResult | { outcome: 'unwanted' }

export type Results = {
  mails: readonly JobMail[]
  /** Without a result, a mail was not tried. */
  byMail: Map<JobMail, MailResult>
  /** Why the others were not tried: the mail server or the database is unavailable. */
  error: string | null
}

type Sending = {
  deps: SendDeps
  byMail: Results['byMail']
  record: Recorder
}

/** The message of a database error may quote the row. */
export const databaseReason = (error: unknown): string =>
  `database ${(error as { code?: string }).code ?? ''}`.trim()

const unwanted = { outcome: 'unwanted' } as const

// The mail is sent: an error here must not send it again. An hourly job deletes what is left.
const forgetAddress = async ({ db }: SendDeps, { data }: JobMail) => {
  if (data.kind === 'issued') await deleteIssuedMail(db, data.issued_id).catch(() => {})
}

const sendOne = async ({ deps, byMail, record }: Sending, mail: JobMail, write?: Write) => {
  const { server, mailer, log } = deps
  const result = write ? await mailer.send(write()) : unwanted
  byMail.set(mail, result)
  if (result.outcome === 'delayed') {
    if (!server.isDoubtful()) log.warn({ mail: { reason: result.reason } }, 'mail is delayed')
    server.doubt()
  }
  if (result.outcome === 'rejected' || result.outcome === 'delayed') return
  await forgetAddress(deps, mail)
  if (mail.key !== undefined) await record({ ...mail, isSent: result.outcome === 'sent' })
}

const sendSlice = async (sending: Sending, slice: readonly JobMail[]) => {
  const { server, isStopping } = sending.deps
  const composed = await composeMails(sending.deps, slice)
  const queue = slice.values()
  const lane = async () => {
    for (const mail of queue) {
      await sendOne(sending, mail, composed.get(mail.id))
      if (server.isDoubtful() || isStopping()) return
    }
  }
  // Every lane has ended before the jobs are settled.
  const ended = await Promise.allSettled(Array.from({ length: LANES }, lane))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
}

/** Sends the mails of jobs until one is delayed and the server is unavailable. */
export const sendMails = async (deps: SendDeps, jobs: readonly Queued[]): Promise<Results> => {
  const byMail: Results['byMail'] = new Map()
  const sending = { deps, byMail, record: openRecorder(deps.db) }
  const isHeld = new Map(jobs.map(({ id, signal }) => [id, () => !signal.aborted]))
  const mails = jobs.flatMap(mailsOf)
  try {
    let error = await deps.server.wait()
    while (!error) {
      const left = mails.filter((mail) => !byMail.has(mail) && isHeld.get(mail.jobId)?.())
      if (left.length === 0 || (byMail.size > 0 && deps.isStopping())) break
      await sendSlice(sending, left.slice(0, SLICE))
      error = await deps.server.check()
    }
    return { mails, byMail, error }
  } catch (error) {
    return { mails, byMail, error: databaseReason(error) }
  }
}
