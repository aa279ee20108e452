// The statement of a release: it checks the gate, selects the first waiting entries and moves the
// first chunk of them.
import { type Sql, sql } from '@vobee/shared/data/sql'
import { gateState } from '@vobee/shared/gate'
import type { Search } from '../entries/filter.ts'
import { matches } from '../entries/matching.ts'
import { lineHead, totalWaiting, waitingFrom } from '../line/positions.ts'
import { CHUNK, moveChunk } from './chunks.ts'
import { type Named, namedWaiting } from './named.ts'

export type WaveOrder = {
  wave_id: string
  count: number
  search: Search
  /** Null: the first entries of the line. */
  named: Named | null
  /** How long the codes are valid; null: as the setting of invites says. */
  expires_in_days: number | null
  by: string
  reason: string | null
  /** Why the wave passes a closed gate; null if it must not. */
  override_reason: string | null
  /** As `maxGateAge` returns it. */
  maxGateAge: number | null
}

export type Selected = {
  open: boolean
  reasons: string[]
  /** Entries that the snapshot of the statement selected. */
  selected: number
  released: number
  pending: number
  waiting: number
}

const byAddress = ({ person }: Search): Named | null =>
  person === undefined ? null : { by: 'person', values: [person] }

type Selection = Pick<WaveOrder, 'count' | 'search' | 'named'>

/**
 * SQL: the CTE `first`, the first waiting entries that belong to no wave yet, if the condition
 * `passes` holds; or the named ones. That they belong to none is a subquery, which the planner
 * leaves in place: a join could lose the order.
 */
export const firstWaiting = ({ count, search, named }: Selection, passes: Sql): Sql => {
  const chosen = named ?? byAddress(search)
  return sql`
    ${lineHead}, first as materialized (
      select arrival, row_number() over (order by score desc, arrival) as place
      from ${
        chosen
          ? namedWaiting(chosen)
          : waitingFrom(sql`(select score from head)`, sql`(select arrival from head)`)
      } as entry
      where ${passes}
        and (
          select true from waitlist.wave_members as member where member.arrival = entry.arrival
        ) is null
        and ${matches('entry', search)}
      order by score desc, arrival
      limit ${count}
    )`
}

/**
 * SQL: releases a new wave, or a scheduled one. The entries after the first chunk become members of the wave, so the wave is exactly that of
 * this moment.
 */
export const selectFirst = (order: WaveOrder): Sql => {
  const { wave_id, count, search } = order
  const terms = { wave_id, expires_in_days: sql`${order.expires_in_days}::int` }
  return sql`
    with gate as (
      select open, reasons, open or ${order.override_reason}::text is not null as passes
      from (${gateState('waitlist', order.maxGateAge)}) as stored
    ), ${firstWaiting(order, sql`(select passes from gate)`)},
    ${moveChunk(sql`select arrival from first where place <= ${CHUNK}`, terms)},
    members as (
      insert into waitlist.wave_members (arrival, wave_id)
      select arrival, ${wave_id}::uuid from first where place > ${CHUNK}
      returning arrival
    ), counts as (
      select (select count(*) from first) as selected,
             (select count(*) from members) as pending,
             (select count(*) from moved) + (select count(*) from members) as released
    ), wave as (
      insert into waitlist.waves (
        id, asked, released, pending, filter, by, reason, override_gate, expires_in_days
      )
      select ${wave_id}::uuid, ${count}::int, counts.released, counts.pending,
             ${JSON.stringify(search)}::jsonb, ${order.by}::text, ${order.reason}::text,
             ${order.override_reason}::text is not null, ${order.expires_in_days}::int
      from counts cross join gate where gate.passes
      on conflict (id) do update set
        released = excluded.released, pending = excluded.pending, released_at = now()
    )
    select gate.open, gate.reasons, counts.*, (select count(*) from published) as published,
           ${totalWaiting} - released as waiting
    from gate cross join counts`
}
