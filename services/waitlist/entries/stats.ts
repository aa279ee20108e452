// How many people joined, wait and were invited.
import type { Queryable } from '@vobee/shared/data/database'

export type Stats = { total: number; processed_today: number; waiting: number; invited: number }

const COUNT = `
  select coalesce(sum(entries), 0) as total,
         coalesce(sum(entries) filter (where status = 'waiting'), 0) as waiting,
         coalesce(sum(entries) filter (where status in ('invited', 'redeemed')), 0) as invited,
         (
           select coalesce(sum(released - pending), 0) from waitlist.waves
           where released_at >= date_trunc('day', now() at time zone 'utc') at time zone 'utc'
         ) as processed_today
  from waitlist.entry_counts`

export const countEntries = async (db: Queryable): Promise<Stats> => {
  const { rows } = await db.query<Stats>(COUNT)
  return rows[0] as Stats
}
