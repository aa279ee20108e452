// Whether a member gets mail that they did not request.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'

/** Returns whether the person is on the list. */
export const subscribe = async (db: Queryable, person: string): Promise<boolean> => {
  const { rowCount } = await db.query(
    sql`update waitlist.entries set mail_stopped_at = null where person = ${person}`,
  )
  return rowCount === 1
}

export const unsubscribe = (db: Queryable, entryId: string) =>
  db.query(sql`
    update waitlist.entries set mail_stopped_at = now()
    where id = ${entryId} and mail_stopped_at is null`)
