// Sending the mail that fits the state of an entry once more.
import type { Queryable, Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import { type Audit, logAction } from '@vobee/shared/ops/audit-trail'
import type { Status } from '../../line/statuses.ts'
import { type QueueMail, withinLimit } from '../../mail/queue.ts'

/** `confirmation`: the link that confirms; `welcome`: the place in line; `invitation`: the code. */
export const resendable = ['confirmation', 'welcome', 'invitation'] as const
export type Resendable = (typeof resendable)[number]

/** A person gets a mail of a kind at most so often, whoever requests it. */
const perPerson = { atMost: 3, within: '1 day' }

type Recipient = { person: string; status: Status; confirmed: boolean; stopped: boolean }

export type Resent =
  | { outcome: 'queued'; mail: Resendable }
  | { outcome: 'unknown' }
  | { outcome: 'unsubscribed' }
  | { outcome: 'nothing'; status: Status }
  | { outcome: 'limited'; seconds: number }

const findRecipient = async (db: Queryable, id: string): Promise<Recipient | undefined> => {
  const { rows } = await db.query<Recipient>(sql`
    select person, status, confirmed_at is not null as confirmed,
           mail_stopped_at is not null as stopped
    from waitlist.entries where id = ${id}
    for key share`)
  return rows[0]
}

const mailFor = ({ status, confirmed }: Recipient, confirms: boolean): Resendable | null => {
  if (status === 'invited') return 'invitation'
  if (status !== 'pending' && status !== 'waiting') return null
  return confirms && !confirmed ? 'confirmation' : 'welcome'
}

// Invites holds the code: it publishes the code again if it is still valid.
const requestInvitation = async (db: Transaction, entryId: string, person: string) => {
  const allowed = await withinLimit(db, [{ kind: 'invited', entryId }], perPerson)
  if (allowed.length === 0) return 0
  const people = [{ person: sql`${person}::text`, request_id: sql`gen_random_uuid()` }] as const
  await db.query(
    publish('waitlist.invitation_requested', { people: [people[0]] }, sql`(select) as one_row`),
  )
  return 1
}

/** Returns the seconds until the limit of a kind of mail ends. */
const secondsLeft = async (db: Queryable, id: string, kind: string): Promise<number> => {
  const { rows } = await db.query<{ seconds: number }>(sql`
    select ceil(extract(epoch from since + ${perPerson.within}::interval - now())) as seconds
    from waitlist.mail_counts where entry_id = ${id} and kind = ${kind}`)
  return Math.max(1, rows[0]?.seconds ?? 1)
}

export type ResendTerms = { queueMail: QueueMail; confirms: boolean; audit: Audit }

/** Queues the mail and logs the action, or returns why not. */
export const resendMail = async (
  db: Transaction,
  id: string,
  { queueMail, confirms, audit }: ResendTerms,
): Promise<Resent> => {
  const recipient = await findRecipient(db, id)
  if (!recipient) return { outcome: 'unknown' }
  const mail = mailFor(recipient, confirms)
  if (!mail) return { outcome: 'nothing', status: recipient.status }
  if (recipient.stopped) return { outcome: 'unsubscribed' }
  const queued =
    mail === 'invitation'
      ? await requestInvitation(db, id, recipient.person)
      : await queueMail(db, [{ kind: 'joined', entryId: id }], perPerson)
  const kind = mail === 'invitation' ? 'invited' : 'joined'
  if (queued === 0) return { outcome: 'limited', seconds: await secondsLeft(db, id, kind) }
  await logAction(db, 'waitlist', audit, {
    act: 'waitlist.mail_resent',
    subject: id,
    details: { mail },
  })
  return { outcome: 'queued', mail }
}
