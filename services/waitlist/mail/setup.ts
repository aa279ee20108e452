// Composes what sending mail needs. Without SMTP_URL no mail is queued.
import type { InsertJobs, Queue } from '@vobee/shared/data/jobs'
import { openMailer } from '@vobee/shared/mail'
import type { FastifyInstance } from 'fastify'
import type { WaitlistSettings } from '../config.ts'
import type { MailConfig } from './config.ts'
import { noIssuedMails, openIssuedMails, type QueueIssued } from './issued-mails.ts'
import { deadMailQueue, mailQueue, noMailQueue, openMailQueue, type QueueMail } from './queue.ts'
import { mailWorker } from './worker.ts'

/**
 * Mails that one process sends at a time, on as many connections. If the process is killed, these
 * may be sent again.
 */
const BATCH = 5

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
  let isStopping = false
  app.addHook('preClose', async () => {
    isStopping = true
  })
  app.addHook('onClose', async () => mailer.close())
  const acknowledge = mailWorker({
    db: app.database,
    mailer,
    publicUrl: settings.PUBLIC_URL,
    confirms: confirmation !== 'off',
    isStopping: () => isStopping,
    log: app.log,
  })
  const insertJobs: InsertJobs = (db, queue, jobs) => app.insertJobs(db, queue, jobs)
  return {
    queueMail: openMailQueue(insertJobs),
    queueIssued: openIssuedMails(insertJobs),
    queues: [deadMailQueue, { ...mailQueue, work: { batch: BATCH, acknowledge } }],
  }
}
