import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'

/** Returns the entry of a person who has not confirmed yet; null if there is none. */
export const findUnconfirmed = async (db: Queryable, person: string): Promise<string | null> => {
  const { rows } = await db.query<{ id: string }>(
    sql`select id from waitlist.entries where person = ${person} and confirmed_at is null`,
  )
  return rows[0]?.id ?? null
}
