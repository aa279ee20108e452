import type { Queryable } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'
import { codesOf, ownerOf } from '../join/generated-codes.ts'
import { totalWaiting } from '../line/positions.ts'
import { type Entry, entryColumns } from './entry.ts'

export type FoundEntry = Entry & {
  total_waiting: number
  referrer_id: string | null
  joined_by_code: number
  wave_created_at: string | null
  wave_by: string | null
  wave_reason: string | null
  removed_at: string | null
  mail_stopped_at: string | null
}

/** Returns an entry with its wave and the entries that it is connected with; null if there is none. */
export const findEntry = async (db: Queryable, id: string): Promise<FoundEntry | null> => {
  const statement = sql`
    select ${entryColumns('entry')}, ${totalWaiting} as total_waiting,
           (${ownerOf(sql`upper(entry.referred_by)`)}) as referrer_id,
           (
             select count(*) from waitlist.entries as friend
             where friend.referred_by is not null
               and upper(friend.referred_by) = any (array(${codesOf(sql`entry`)}))
           ) as joined_by_code,
           wave.created_at as wave_created_at, wave.by as wave_by, wave.reason as wave_reason,
           entry.removed_at, entry.mail_stopped_at
    from waitlist.entries as entry left join waitlist.waves as wave on wave.id = entry.wave_id
    where entry.id = ${id}`
  const { rows } = await db.query<FoundEntry>(prepared('entry', statement))
  return rows[0] ?? null
}
