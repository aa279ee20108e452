import { inChunks } from '@vobee/shared/data/chunks'
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'

const deleteOlder = (days: number) => (limit: number) =>
  sql`
  delete from invites.reservations where id = any (array(
    select id from invites.reservations
    where expires_at < now() - make_interval(days => ${days})
    order by expires_at limit ${limit}
    for update skip locked
  ))`

/** Deletes reservations that expired more than `days` ago, `chunk` at a time. */
export const deleteExpiredReservations = (db: Queryable, days: number, chunk = 2_000) =>
  inChunks(db, deleteOlder(days), chunk)
