// Why there is no entry with an id.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { entryErased, unknownEntry } from '../errors.ts'

/** Returns whether the entry was there until its person was erased. */
export const wasErased = async (db: Queryable, id: string): Promise<boolean> => {
  const { rowCount } = await db.query(sql`select from waitlist.erased_entries where id = ${id}`)
  return rowCount === 1
}

/** Returns the error about an id without an entry: entryErased (410) or unknownEntry (404). */
export const missingEntry = async (db: Queryable, id: string) =>
  (await wasErased(db, id)) ? entryErased() : unknownEntry()
