// SQL: the keys under which joins are hashed for fraud scores. Each lasts 30 days.
import { randomBytes } from 'node:crypto'
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'

export type StoredKey = { period: number; key: Buffer }

const thisPeriod = sql`floor(extract(epoch from now()) / (30 * 86400))::integer`

const findOrInsert = (key: Buffer) => sql`
  with inserted as (
    insert into waitlist.signal_keys (period, key)
    select ${thisPeriod}, ${key}
    where not exists (select from waitlist.signal_keys where period = ${thisPeriod})
    on conflict (period) do nothing
    returning period, key
  )
  select period, key from inserted
  union all
  select period, key from waitlist.signal_keys where period = ${thisPeriod}`

/** Returns the key of the present period, and inserts it if it is the first use in this period. */
export const findOrInsertKey = async (db: Queryable): Promise<StoredKey> => {
  for (;;) {
    const { rows } = await db.query<StoredKey>(findOrInsert(randomBytes(32)))
    // No row: another process has just inserted it.
    if (rows[0]) return rows[0]
  }
}

/** Inserts the key of a new period and deletes the keys of earlier ones. */
export const rotateKeys = async (db: Queryable): Promise<void> => {
  await findOrInsertKey(db)
  await db.query(sql`delete from waitlist.signal_keys where period < ${thisPeriod}`)
}
