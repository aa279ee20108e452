// The releases so far.
import type { Queryable } from '@vobee/shared/data/database'
import { exactTime } from '../entries/exact-time.ts'
import type { Search } from '../entries/filter.ts'

export type Wave = {
  wave_id: string
  asked: number
  released: number
  pending: number
  filter: Search
  by: string
  reason: string | null
  created_at: string
  /** The sort key: `created_at` to the microsecond. */
  key: string
}

/** The waves before a key, newest first. */
export const listWaves = async (
  db: Queryable,
  { before, limit }: { before: readonly [string, string] | null; limit: number },
): Promise<Wave[]> => {
  const { rows } = await db.query<Wave>(
    `select id as wave_id, asked, released, pending, filter, by, reason, created_at,
            ${exactTime('created_at')} as key
     from waitlist.waves
     where $1::timestamptz is null or (created_at, id) < ($1, $2::uuid)
     order by created_at desc, id desc limit $3`,
    [before?.[0] ?? null, before?.[1] ?? null, limit],
  )
  return rows
}
