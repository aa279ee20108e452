// Entries that an admin names, by id or by email address.
import type { Queryable } from '@vobee/shared/data/database'
import { raw, type Sql, sql } from '@vobee/shared/data/sql'
import { statuses } from '../line/statuses.ts'

export type Named = { by: 'id' | 'person'; values: readonly string[] }

const valuesOf = ({ by, values }: Named) => sql`${values}::${raw(by === 'id' ? 'uuid' : 'text')}[]`

/** SQL: the waiting rows of waitlist.entries that are named. */
export const namedWaiting = (named: Named): Sql => sql`(
  select * from waitlist.entries
  where status = 'waiting' and ${raw(named.by)} = any (${valuesOf(named)})
)`

/** Returns the ids of the named entries that exist, in whatever status. */
export const findIds = async (db: Queryable, named: Named): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>(
    sql`select id from waitlist.entries where ${raw(named.by)} = any (${valuesOf(named)})`,
  )
  return rows.map(({ id }) => id)
}

export const skipReasons = [...statuses, 'in_wave', 'unknown'] as const

/** A named entry that is not released: its index among the named ones, and why. */
export type Skipped = { index: number; reason: (typeof skipReasons)[number] }

/**
 * Returns the named entries that are not in the wave; without a wave, those that a release now would
 * skip.
 */
export const findSkipped = async (
  db: Queryable,
  named: Named,
  wave_id: string | null,
): Promise<Skipped[]> => {
  const isReleased = wave_id
    ? sql`entry.wave_id = ${wave_id} or member.wave_id = ${wave_id}`
    : sql`entry.status = 'waiting' and member.wave_id is null`
  const { rows } = await db.query<Skipped>(sql`
    select index - 1 as index,
           case when member.wave_id is not null then 'in_wave'
           else coalesce(entry.status, 'unknown') end as reason
    from unnest(${valuesOf(named)}) with ordinality as named (value, index)
    left join waitlist.entries as entry on entry.${raw(named.by)} = named.value
    left join waitlist.wave_members as member using (arrival)
    where (${isReleased}) is not true
    order by index`)
  return rows
}
