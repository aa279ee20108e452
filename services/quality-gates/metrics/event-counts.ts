// Event counts: how many facts of each kind happened per day (UTC).
import { createHash } from 'node:crypto'
import type { Queryable } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'

/** `count` facts that happened at a time (ISO 8601); negative: so many no longer hold. */
export type Fact = { at: string; count: number }
export type CountedEvent = { payload: object; facts: readonly Fact[] }
type DayCount = { digest: Buffer; day: string; count: number }

// A transaction counts many events in any order, so it cannot lock their rows in the order of their
// keys: replicas count one at a time instead.
const addCounts = (kind: string, days: readonly DayCount[]) => sql`
  with lock as materialized (
    select pg_advisory_xact_lock(hashtext('quality_gates.daily_counts'))
  ), events as (
    select distinct digest, day, count
    from unnest(
      ${days.map(({ digest }) => digest)}::bytea[], ${days.map(({ day }) => day)}::date[],
      ${days.map(({ count }) => count)}::bigint[]
    ) as event (digest, day, count)
  ), new_events as (
    insert into quality_gates.processed_events (digest)
    select distinct digest from lock cross join events
    on conflict do nothing
    returning digest
  )
  insert into quality_gates.daily_counts (day, kind, count, counted_at)
  select day, ${kind}, sum(count), clock_timestamp()
  from events join new_events using (digest)
  group by day
  on conflict (day, kind) do update set
    count = daily_counts.count + excluded.count, counted_at = excluded.counted_at`

const digestOf = (kind: string, payload: object) =>
  createHash('sha256')
    .update(`${kind} ${JSON.stringify(payload)}`)
    .digest()

const dayOf = ({ at }: Fact) => new Date(at).toISOString().slice(0, 10)

const dayCounts = (kind: string, { payload, facts }: CountedEvent): DayCount[] => {
  const digest = digestOf(kind, payload)
  return Array.from(Map.groupBy(facts, dayOf), ([day, ofDay]) => ({
    digest,
    day,
    count: ofDay.reduce((sum, { count }) => sum + count, 0),
  }))
}

/** Counts the facts of events of one kind. An event that was counted before changes nothing. */
export const countOnce = (db: Queryable, kind: string, events: readonly CountedEvent[]) => {
  const days = events.flatMap((event) => dayCounts(kind, event))
  return db.query(prepared('count', addCounts(kind, days)))
}
