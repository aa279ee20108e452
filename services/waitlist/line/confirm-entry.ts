// Confirming the address of an entry, once.
import type { Queryable } from '@vobee/shared/data/database'
import { raw, type Sql, sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import type { EntryLookup } from './positions.ts'

/** Whether a program confirmed, as far as it is known; null if nobody used a mailed link. */
export type Automated = boolean | null

/**
 * SQL: publishes the confirmed entries of a CTE. A removed one publishes no event, so that it earns no
 * credit for its referrer.
 */
export const publishConfirmed = (confirmed: Sql, automated: Automated): Sql => {
  const entry = {
    id: sql`id`,
    person: sql`person`,
    at: sql`confirmed_at`,
    automated: sql`${automated}::boolean`,
  }
  const source = sql`${confirmed} where status <> 'removed'`
  return publish('waitlist.confirmed', { entries: [entry] }, source)
}

/** Marks an entry as confirmed; a pending one takes its place in the line. */
export const confirmEntry = (
  db: Queryable,
  { by, value }: EntryLookup,
  automated: Automated = null,
) =>
  db.query(sql`
    with confirmed as (
      update waitlist.entries
      set confirmed_at = now(), status = case status when 'pending' then 'waiting' else status end
      where ${raw(by)} = ${value} and confirmed_at is null
      returning id, person, confirmed_at, status
    ), published as (${publishConfirmed(sql`confirmed`, automated)})
    select count(*) from published`)
