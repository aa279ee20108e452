// Confirming an address, once.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'

/**
 * Marks an entry as confirmed; a pending one takes its place in the line. A removed entry publishes
 * no event, so that it earns no credit for its referrer.
 */
export const confirmEntry = (db: Queryable, entryId: string) => {
  const entry = { id: sql`id`, person: sql`person`, at: sql`confirmed_at` }
  const notRemoved = sql`confirmed where status <> 'removed'`
  return db.query(sql`
    with confirmed as (
      update waitlist.entries
      set confirmed_at = now(), status = case status when 'pending' then 'waiting' else status end
      where id = ${entryId} and confirmed_at is null
      returning id, person, confirmed_at, status
    ), published as (
      ${publish('waitlist.confirmed', { entries: [entry] }, notRemoved)}
    )
    select count(*) from published`)
}

/** Returns the entry of a person who has not confirmed yet; null if there is none. */
export const findUnconfirmed = async (db: Queryable, person: string): Promise<string | null> => {
  const { rows } = await db.query<{ id: string }>(
    sql`select id from waitlist.entries where person = ${person} and confirmed_at is null`,
  )
  return rows[0]?.id ?? null
}
