// The recipients of mails, as they are when a mail is sent.
import type { Queryable } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'
import { positionOf, totalWaiting } from '../line/positions.ts'
import type { Status } from '../line/statuses.ts'

export type Recipient = {
  email: string
  locale: string | null
  status: Status
  confirmed: boolean
  /** Whether the recipient unsubscribed. */
  stopped: boolean
  referral_code: string
  /** Null unless waiting. */
  position: number | null
  total_waiting: number
}

/** Returns the recipient; null if the entry no longer exists. */
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

/** Returns the entries of the people who are on the list. */
export const findEntries = async (db: Queryable, people: readonly string[]) => {
  const { rows } = await db.query<{ id: string; person: string }>(
    sql`select id, person from waitlist.entries where person = any (${people})`,
  )
  return rows
}
