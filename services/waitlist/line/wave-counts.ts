import { raw, type Sql, sql } from '@vobee/shared/data/sql'

/**
 * SQL: adds to a count of each wave the number of its rows in the CTE `source`, which has a column
 * `wave_id`. Waves are locked in the order of their id, after the entries.
 */
export const countInWaves = (count: 'mailed' | 'redeemed', source: string): Sql => sql`
  update waitlist.waves as wave set ${raw(`${count} = wave.${count} + locked.n`)}
  from (
    select wave.id, added.n
    from (
      select wave_id, count(*) as n from ${raw(source)} where wave_id is not null group by wave_id
    ) as added
    join waitlist.waves as wave on wave.id = added.wave_id
    order by wave.id
    for no key update of wave
  ) as locked
  where wave.id = locked.id`
