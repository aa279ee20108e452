// How many people joined, wait and were invited.
import type { Queryable } from '@vobee/shared/data/database'

import { type Status, statuses } from '../line/statuses.ts'

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

/** What keys learn besides. */
export type StatusStats = { by_status: Record<Status, number>; confirmed: number }

/** Returns the exact number of entries in each status, and of those with a confirmed address. */
export const countByStatus = async (db: Queryable): Promise<StatusStats> => {
  type Row = { status: Status; entries: number; confirmed: number }
  const { rows } = await db.query<Row>(
    'select status, entries, confirmed from waitlist.entry_counts',
  )
  const none = statuses.map((status): [Status, number] => [status, 0])
  const counted = rows.map(({ status, entries }): [Status, number] => [status, entries])
  return {
    by_status: Object.fromEntries([...none, ...counted]) as Record<Status, number>,
    confirmed: rows.reduce((sum, { confirmed }) => sum + confirmed, 0),
  }
}

export const countEntries = async (db: Queryable): Promise<Stats> => {
  const { rows } = await db.query<Stats>(COUNT)
  return rows[0] as Stats
}
