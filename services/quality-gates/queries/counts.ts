// Counts per day and kind of what others told.
import { createHash } from 'node:crypto'
import type { Queryable } from '@vobee/shared/database'
import type { EventName, Payload } from '@vobee/shared/events'

export type Told<Name extends EventName> = {
  kind: Name
  payload: Payload<Name>
  facts: readonly { at: string; count: number }[]
}

// One transaction hears many events in any order, so their rows can't be locked in key order:
// replicas take turns instead.
const COUNT = `
  with turn as materialized (
    select pg_advisory_xact_lock(hashtext('quality_gates.daily_counts'))
  ), news as (
    insert into quality_gates.heard (digest) select $1::bytea from turn
    on conflict do nothing
    returning digest
  )
  insert into quality_gates.daily_counts (day, kind, count, counted_at)
  select (fact.at at time zone 'utc')::date, $2, sum(fact.count), clock_timestamp()
  from news cross join unnest($3::timestamptz[], $4::bigint[]) as fact (at, count)
  group by 1
  on conflict (day, kind) do update set
    count = daily_counts.count + excluded.count, counted_at = excluded.counted_at`

/** Counts what an event tells; the same event again changes nothing. */
export const countOnce = <Name extends EventName>(
  db: Queryable,
  { kind, payload, facts }: Told<Name>,
) => {
  const digest = createHash('sha256')
    .update(`${kind} ${JSON.stringify(payload)}`)
    .digest()
  const days = facts.map((fact) => fact.at)
  return db.query(COUNT, [digest, kind, days, facts.map((fact) => fact.count)])
}
