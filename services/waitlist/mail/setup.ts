// Composes what sending mail needs. Without SMTP_URL no mail is queued.
import type { InsertJobs, Queue } from '@vobee/shared/data/jobs/jobs'
import { openMailer } from '@vobee/shared/mail'
import type { FastifyInstance } from 'fastify'
import type { WaitlistSettings } from '../config.ts'
import type { MailConfig } from './config.ts'
import { noIssuedMails, openIssuedMails, type QueueIssued } from './issued-mails.ts'
import {
  deadMailQueue,
  mailGroupQueue,
  mailQueue,
  noMailQueue,
  openMailQueue,
  type QueueMail,
} from './queue.ts'
import { openServerCheck } from './sending/server-check.ts'
import { mailWorker } from './sending/worker.ts'

/** Single mails are sent together; if the process is killed, these may be sent again. */
const SINGLES = 5
/** Groups that one process fetches at a time. It records which of their mails were sent. */
const GROUPS = 4

export type MailSetup = {
  queueMail: QueueMail
  queueIssued: QueueIssued
  queues: readonly Queue[]
}

/** Opens the mailer, which closes with the app, and returns its queues. */
export const setUpMail = (
  app: FastifyInstance,
  settings: WaitlistSettings,
  { smtpUrl, from, confirmation }: MailConfig,
): MailSetup => {
  if (!smtpUrl) return { queueMail: noMailQueue, queueIssued: noIssuedMails, queues: [] }
  const mailer = openMailer(smtpUrl, from)
  let stopping = false
  const isStopping = () => stopping
  app.addHook('preClose', async () => {
    stopping = true
  })
  app.addHook('onClose', async () => mailer.close())
  const insertJobs: InsertJobs = (db, queue, jobs) => app.insertJobs(db, queue, jobs)
  const acknowledge = mailWorker({
    db: app.database,
    mailer,
    server: openServerCheck({ mailer, isStopping }),
    publicUrl: settings.PUBLIC_URL,
    confirms: confirmation !== 'off',
    insertJobs,
    isStopping,
    log: app.log,
  })
  return {
    queueMail: openMailQueue(insertJobs),
    queueIssued: openIssuedMails(insertJobs),
    queues: [
      deadMailQueue,
      { ...mailQueue, work: { batch: SINGLES, acknowledge } },
      { ...mailGroupQueue, work: { batch: GROUPS, acknowledge } },
    ],
  }
}
