import { key } from '@vobee/shared/auth/callers'
import { type Database, transaction } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency/idempotency'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  entryErased,
  mailOff,
  nothingToResend,
  tooManyMails,
  unknownEntry,
  unsubscribed,
} from '../../errors.ts'
import type { MailConfig } from '../../mail/config.ts'
import type { QueueMail } from '../../mail/queue.ts'
import { missingEntry } from '../missing.ts'
import { type Resent, resendable, resendMail } from './resend.ts'

export type ResendEntryDeps = {
  db: Database
  idempotent: Idempotent
  mail: MailConfig
  queueMail: QueueMail
}

const mailOf = async (db: Database, id: string, resent: Resent) => {
  if (resent.outcome === 'queued') return resent.mail
  if (resent.outcome === 'unknown') throw await missingEntry(db, id)
  if (resent.outcome === 'unsubscribed') throw unsubscribed()
  if (resent.outcome === 'nothing') throw nothingToResend(`The entry is ${resent.status}.`)
  const headers = { 'retry-after': String(resent.seconds) }
  throw tooManyMails('This person got three such mails within a day.', { headers })
}

export const resendRoute = (app: FastifyInstance, deps: ResendEntryDeps) => {
  const { db, idempotent, mail, queueMail } = deps
  route(
    app,
    {
      method: 'POST',
      url: '/api/waitlist/entries/:id/resend',
      operationId: 'resendEntryMail',
      summary: 'Send the confirmation, the welcome or the invitation of an entry again',
      auth: key('waitlist:write'),
      params: z.strictObject({ id: z.uuid() }),
      body: z.strictObject({ reason: text(500).optional() }),
      replies: [
        202,
        z.object({
          status: z.literal('success'),
          id: z.uuid(),
          mail: z
            .enum(resendable)
            .describe('invitation: sent if a code of the entry is still valid.'),
        }),
      ],
      errors: [unknownEntry, entryErased, mailOff, nothingToResend, unsubscribed, tooManyMails],
      idempotent: true,
    },
    (input) => {
      if (mail.smtpUrl === null) throw mailOff()
      const { id } = input.params
      const confirms = mail.confirmation !== 'off'
      const terms = { queueMail, confirms, audit: auditOf(input, input.body.reason) }
      const action = storingReply(async (connection) => {
        const resent = await transaction(connection ?? db, (on) => resendMail(on, id, terms))
        return { status: 'success' as const, id, mail: await mailOf(db, id, resent) }
      })
      return idempotent(input, action)
    },
  )
}
