// Retention: what a wave that ended long ago named. Its counts stay, which statistics add up.

import { inChunks } from '@vobee/shared/data/chunks'
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'

/** Deletes the entry ids, the filter and the reason of waves that ended over `days` ago (null: none). */
export const deleteWaveDetails = async (db: Queryable, days: number | null): Promise<void> => {
  if (days === null) return
  await inChunks(
    db,
    (chunk) => sql`
      update waitlist.waves set entry_ids = null, filter = '{}', reason = null
      where id = any (array(
        select id from waitlist.waves
        where pending = 0
          and coalesce(released_at, cancelled_at) < now() - make_interval(days => ${days})
          and (entry_ids is not null or filter <> '{}' or reason is not null)
        limit ${chunk}
        for update skip locked
      ))`,
    1_000,
  )
}
