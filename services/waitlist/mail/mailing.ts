// All that sending mail takes, by the settings; where none is sent, none is queued.
import type { Database } from '@vobee/shared/data/database'
import type { Queue } from '@vobee/shared/data/jobs'
import { openMailer } from '@vobee/shared/mail'
import type { MailReport } from '@vobee/shared/ops/mail-report'
import type { FastifyInstance } from 'fastify'
import type { WaitlistSettings } from '../config.ts'
import type { MailTerms } from './config.ts'
import { countMail, deadMail, mail, noMail, type QueueMail, queueMail } from './queue.ts'
import { sender } from './worker.ts'

/**
 * Mails that one process sends at a time, over as many connections: those of a process that is
 * killed may be sent again.
 */
const BATCH = 5

export type Mailing = { queueMail: QueueMail; queues: readonly Queue[] }

const noMailing: Mailing = { queueMail: noMail, queues: [] }

/** Opens the mailer, which closes with the app, and makes the queues that it empties. */
export const openMailing = (
  app: FastifyInstance,
  settings: WaitlistSettings,
  { smtpUrl, from, confirmation }: MailTerms,
): Mailing => {
  if (!smtpUrl) return noMailing
  const mailer = openMailer(smtpUrl, from)
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  app.addHook('onClose', async () => mailer.close())
  const settle = sender({
    db: app.database,
    mailer,
    publicUrl: settings.PUBLIC_URL,
    confirms: confirmation !== 'off',
    isStopping: () => isClosing,
    log: app.log,
  })
  return { queueMail, queues: [deadMail, { ...mail, work: { batch: BATCH, acknowledge: settle } }] }
}

/** How the mail is doing, for operators. */
export const reportMail = async (db: Database, { smtpUrl }: MailTerms): Promise<MailReport> => {
  const { waiting, failing, dead } = await countMail(db)
  const state = failing ? 'failing' : 'on'
  return { state: smtpUrl ? state : 'off', waiting, dead }
}
