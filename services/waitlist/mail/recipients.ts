// The recipients of mails, as they are when a mail is sent.
import type { Queryable } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'
import { positionsOf, totalWaiting } from '../line/positions.ts'
import type { Status } from '../line/statuses.ts'

export type Recipient = {
  id: string
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

/** Returns the recipients by entry id. Entries that no longer exist have none. */
export const findRecipients = async (db: Queryable, entryIds: readonly string[]) => {
  const statement = sql`
    with chosen as materialized (
      select * from waitlist.entries where id = any (${entryIds}::uuid[])
    ), ${positionsOf('chosen')}
    select chosen.id, email, locale, chosen.status, referral_code,
           confirmed_at is not null as confirmed, mail_stopped_at is not null as stopped,
           position, ${totalWaiting} as total_waiting
    from chosen left join positions using (id)`
  const { rows } = await db.query<Recipient>(prepared('recipients', statement))
  return new Map(rows.map((recipient) => [recipient.id, recipient]))
}

/** Returns the entries of the people who are on the list. */
export const findEntries = async (db: Queryable, people: readonly string[]) => {
  const { rows } = await db.query<{ id: string; person: string }>(
    sql`select id, person from waitlist.entries where person = any (${people})`,
  )
  return rows
}
