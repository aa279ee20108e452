// Confirming: an address is proved to be its owner's, once.
import type { Queryable } from '@vobee/shared/data/database'

/**
 * Keeps that the address of an entry is confirmed; who had no place for want of it has one now. Of who
 * was removed nobody is told, so that they earn no credit for who sent them.
 */
export const confirmEntry = (db: Queryable, entryId: string) =>
  db.query(
    `with confirmed as (
       update waitlist.entries
       set confirmed_at = now(), status = case status when 'pending' then 'waiting' else status end
       where id = $1 and confirmed_at is null
       returning id, person, confirmed_at, status
     ), told as (
       select referrals.publish('waitlist.confirmed', payload)
       from (
         select jsonb_build_object('entries', jsonb_agg(jsonb_build_object(
           'id', id, 'person', person, 'at', confirmed_at
         ))) as payload
         from confirmed where status <> 'removed' having count(*) > 0
       ) as news
     )
     select count(*) from told`,
    [entryId],
  )

/** The entry of a person who has not confirmed yet; null when there is none. */
export const findUnconfirmed = async (db: Queryable, person: string): Promise<string | null> => {
  const { rows } = await db.query<{ id: string }>(
    'select id from waitlist.entries where person = $1 and confirmed_at is null',
    [person],
  )
  return rows[0]?.id ?? null
}
