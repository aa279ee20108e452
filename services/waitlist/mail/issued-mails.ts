// Codes that an admin issued to an address. The address is stored until the mail is sent.
import { type Queryable, type Transaction, transaction } from '@vobee/shared/data/database'
import type { InsertJobs } from '@vobee/shared/data/jobs/jobs'
import { uuidOf } from '@vobee/shared/data/named-uuid'
import { sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'
import { deadMailQueue, mailQueue } from './queue.ts'

type Issued = NonNullable<Payload<'invites.issued'>['mail']>

/** Queues the mail once for each batch, in the transaction of `db`. */
export type QueueIssued = (db: Transaction, issued: Issued) => Promise<void>

export const openIssuedMails =
  (insertJobs: InsertJobs): QueueIssued =>
  (db, { batch_id, person, email, codes, count }) =>
    transaction(db, async (connection) => {
      if (email === null) return
      const id = uuidOf(`issued ${batch_id}`)
      await connection.query(sql`
        insert into waitlist.issued_mails (id, person, email, codes, count)
        values (${id}, ${person}, ${email}, ${codes}, ${count})
        on conflict do nothing`)
      await insertJobs(connection, mailQueue.name, [
        { id, data: { kind: 'issued', issued_id: id }, singletonKey: id },
      ])
    })

/** Stores and queues nothing: for a waitlist that sends no mail. */
export const noIssuedMails: QueueIssued = async () => {}

/** Codes of a call, and the entry of the recipient if they are on the list. */
export type IssuedMail = {
  email: string
  codes: string[]
  count: number
  entry_id: string | null
  locale: string | null
  /** Whether the recipient unsubscribed. */
  stopped: boolean
}

/** Returns null if the mail was sent, or its recipient was erased. */
export const findIssuedMail = async (db: Queryable, id: string): Promise<IssuedMail | null> => {
  const { rows } = await db.query<IssuedMail>(sql`
    select mail.email, codes, count, entry.id as entry_id, locale,
           mail_stopped_at is not null as stopped
    from waitlist.issued_mails as mail left join waitlist.entries as entry using (person)
    where mail.id = ${id}`)
  return rows[0] ?? null
}

export const deleteIssuedMail = (db: Queryable, id: string) =>
  db.query(sql`delete from waitlist.issued_mails where id = ${id}`)

/**
 * Deletes what a killed process left of sent mails, and mails that were given up. A job keeps its key
 * when it is dead-lettered and requeued: both searches use an index (job_i6; job_i11, of the dead).
 */
export const deleteEndedMails = (db: Queryable) =>
  db.query(sql`
    delete from waitlist.issued_mails as mail
    where created_at < now() - interval '1 hour'
      and not exists (
        select from waitlist_jobs.job
        where name = ${mailQueue.name} and policy = 'exclusive' and state <= 'active'
          and coalesce(singleton_key, '') = mail.id::text
      )
      and not exists (
        select from waitlist_jobs.job
        where name = ${deadMailQueue.name} and state < 'active' and not blocked
          and data ->> 'issued_id' = mail.id::text
      )`)
