// Which webhooks were processed: each takes effect once.
import { createHash } from 'node:crypto'
import { inChunks } from '@vobee/shared/data/chunks'
import type { Queryable } from '@vobee/shared/data/database'
import { raw, sql } from '@vobee/shared/data/sql'

/** Stripe can send an event again for 30 days. */
const DAYS = 30

/** Inserts an event, by scheme and id. Returns whether it is new. */
export const insertEvent = async (db: Queryable, scheme: string, id: string): Promise<boolean> => {
  const hash = createHash('sha256').update(`${scheme} ${id}`).digest()
  const { rowCount } = await db.query(sql`
    insert into referrals.webhook_events (hash) values (${hash}) on conflict do nothing`)
  return rowCount === 1
}

const deleteExpired = (limit: number) => sql`
  delete from referrals.webhook_events
  where hash = any (array(
    select hash from referrals.webhook_events
    where received_at <= now() - interval '${raw(String(DAYS))} days'
    order by received_at limit ${limit} for update skip locked
  ))`

/** Deletes events after 30 days; returns how many. */
export const deleteOldEvents = (db: Queryable) => inChunks(db, deleteExpired)
