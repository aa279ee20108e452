import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'

const deleteChunk = (days: number, chunk: number) => sql`
  delete from invites.reservations where id = any (array(
    select id from invites.reservations
    where expires_at < now() - make_interval(days => ${days})
    order by expires_at limit ${chunk}
    for update skip locked
  ))`

/** Deletes reservations that expired more than `days` ago, `chunk` at a time. */
export const deleteExpiredReservations = async (db: Queryable, days: number, chunk = 2_000) => {
  let deleted: number | null
  do {
    deleted = (await db.query(deleteChunk(days, chunk))).rowCount
  } while (deleted === chunk)
}
