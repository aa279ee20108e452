// Whom a mail is for, as they are when it is sent.
import type { Queryable } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'
import { positionOf, totalWaiting } from '../line/positions.ts'
import type { Status } from '../line/statuses.ts'

export type Recipient = {
  email: string
  locale: string | null
  status: Status
  confirmed: boolean
  /** Wants no more mail. */
  stopped: boolean
  referral_code: string
  /** Null unless waiting. */
  position: number | null
  total_waiting: number
}

/** Null when the entry is gone. */
export const findRecipient = async (db: Queryable, entryId: string): Promise<Recipient | null> => {
  const statement = sql`
    select entry.email, entry.locale, entry.status, entry.referral_code,
           entry.confirmed_at is not null as confirmed,
           entry.mail_stopped_at is not null as stopped,
           ${positionOf('entry')} as position,
           ${totalWaiting} as total_waiting
    from waitlist.entries as entry where entry.id = ${entryId}`
  const { rows } = await db.query<Recipient>(prepared('recipient', statement))
  return rows[0] ?? null
}

/** The entries of those people who are on the list. */
export const findEntries = async (db: Queryable, people: readonly string[]) => {
  const { rows } = await db.query<{ id: string; person: string }>(
    'select id, person from waitlist.entries where person = any ($1)',
    [people],
  )
  return rows
}

/** Mail goes to them again; whether they are on the list. */
export const resumeMail = async (db: Queryable, person: string): Promise<boolean> => {
  const { rowCount } = await db.query(
    'update waitlist.entries set mail_stopped_at = null where person = $1',
    [person],
  )
  return rowCount === 1
}

/** Nothing but what they ask for themselves is mailed to them from now on. */
export const stopMail = (db: Queryable, entryId: string) =>
  db.query(
    `update waitlist.entries set mail_stopped_at = now()
     where id = $1 and mail_stopped_at is null`,
    [entryId],
  )
