import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { countInWaves } from '../line/wave-counts.ts'

/** Marks the entries of people who redeemed an invite code, of whatever origin. */
export const markRedeemed = (db: Queryable, people: readonly string[]) =>
  db.query(sql`
    with locked as materialized (
      select arrival from waitlist.entries
      where person = any (${people}) and status in ('pending', 'waiting', 'invited')
      order by person
      for no key update
    ), redeemed as (
      update waitlist.entries as entry set status = 'redeemed', redeemed_at = now()
      from locked where entry.arrival = locked.arrival
      returning entry.wave_id
    )
    ${countInWaves('redeemed', 'redeemed')}`)
