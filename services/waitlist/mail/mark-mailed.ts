import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { countInWaves } from '../line/wave-counts.ts'

/** Records the first time that entries were mailed their invite code. */
export const markMailed = (db: Queryable, ids: readonly string[]) =>
  db.query(sql`
    with locked as materialized (
      select arrival from waitlist.entries where id = any (${ids}) and invite_mailed_at is null
      order by person
      for no key update
    ), mailed as (
      update waitlist.entries as entry set invite_mailed_at = now()
      from locked where entry.arrival = locked.arrival
      returning entry.wave_id
    )
    ${countInWaves('mailed', 'mailed')}`)
