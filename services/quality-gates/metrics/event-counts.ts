// Counts per day and kind of what others told.
import { createHash } from 'node:crypto'
import type { Queryable } from '@vobee/shared/data/database'

/** `count` of something, and when it was (ISO 8601). */
export type Fact = { at: string; count: number }
export type Told = { payload: object; facts: readonly Fact[] }

// One transaction hears many events in any order, so their rows can't be locked in key order:
// replicas take turns instead.
const COUNT = `
  with turn as materialized (
    select pg_advisory_xact_lock(hashtext('quality_gates.daily_counts'))
  ), told as (
    select distinct digest, day, count
    from unnest($2::bytea[], $3::date[], $4::bigint[]) as t (digest, day, count)
  ), news as (
    insert into quality_gates.heard (digest)
    select distinct digest from turn cross join told
    on conflict do nothing
    returning digest
  )
  insert into quality_gates.daily_counts (day, kind, count, counted_at)
  select day, $1, sum(count), clock_timestamp()
  from told join news using (digest)
  group by day
  on conflict (day, kind) do update set
    count = daily_counts.count + excluded.count, counted_at = excluded.counted_at`

const digestOf = (kind: string, payload: object) =>
  createHash('sha256')
    .update(`${kind} ${JSON.stringify(payload)}`)
    .digest()

const dayOf = ({ at }: Fact) => new Date(at).toISOString().slice(0, 10)

const daysOf = (kind: string, { payload, facts }: Told) => {
  const digest = digestOf(kind, payload)
  return Array.from(Map.groupBy(facts, dayOf), ([day, those]) => ({
    digest,
    day,
    count: those.reduce((sum, { count }) => sum + count, 0),
  }))
}

/** Counts what events of one kind tell; the same event again changes nothing. */
export const countOnce = (db: Queryable, kind: string, told: readonly Told[]) => {
  const days = told.flatMap((one) => daysOf(kind, one))
  const columns = (['digest', 'day', 'count'] as const).map((name) => days.map((day) => day[name]))
  return db.query({ name: 'count', text: COUNT, values: [kind, ...columns] })
}
