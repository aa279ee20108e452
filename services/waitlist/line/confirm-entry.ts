// Confirming the address of an entry, once.
import type { Queryable } from '@vobee/shared/data/database'
import { raw, type Sql, sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import type { EntryLookup } from './positions.ts'

/**
 * SQL: publishes the confirmed entries of a CTE. A removed one publishes no event, so that it earns no
 * credit for its referrer.
 */
export const publishConfirmed = (confirmed: Sql): Sql =>
  publish(
    'waitlist.confirmed',
    {
      entries: [{ id: sql`id`, person: sql`person`, at: sql`confirmed_at`, automated: sql`null` }],
    },
    sql`${confirmed} where status <> 'removed'`,
  )

/** Marks an entry as confirmed; a pending one takes its place in the line. Logs the action of a key. */
export const confirmEntry = (db: Queryable, { by, value }: EntryLookup, audit: Audit = null) => {
  const actions = sql`select 'waitlist.confirmed', id::text, null::jsonb from confirmed`
  return db.query(sql`
    with confirmed as (
      update waitlist.entries
      set confirmed_at = now(), status = case status when 'pending' then 'waiting' else status end
      where ${raw(by)} = ${value} and confirmed_at is null
      returning id, person, confirmed_at, status
    ), published as (${publishConfirmed(sql`confirmed`)}), logged as (${logActions('waitlist', audit, actions)})
    select count(*) from published`)
}
