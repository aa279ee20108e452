import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { gateState } from '@vobee/shared/gate'
import { pageOf } from '@vobee/shared/http/cursor'
import { exactTime } from '../../entries/exact-time.ts'
import type { Search } from '../../entries/filter.ts'

export const waveStates = ['scheduled', 'held', 'releasing', 'released', 'cancelled'] as const

export type Wave = {
  wave_id: string
  state: (typeof waveStates)[number]
  asked: number
  released: number
  pending: number
  mailed: number | null
  redeemed: number
  filter: Search
  by: string
  reason: string | null
  expires_in_days: number | null
  created_at: string
  release_at: string | null
  released_at: string | null
  cancelled_at: string | null
  /** The sort key: `created_at` to the microsecond. */
  key: string
}

export type Key = [created_at: string, id: string]

// A wave is held as long as it is due and the gate is closed.
const stateOf = sql`
  case
    when cancelled_at is not null then 'cancelled'
    when released_at is not null and pending = 0 then 'released'
    when released_at is null and release_at > now() then 'scheduled'
    when not (gate.open or override_gate) then 'held'
    when released_at is null then 'scheduled'
    else 'releasing'
  end`

/** SQL: the columns of `Wave` of the row `waves`, beside the row `gate`. */
export const waveColumns = sql`
  id as wave_id, ${stateOf} as state, asked, released, pending, mailed, redeemed, filter, by,
  reason, expires_in_days, created_at, release_at, released_at, cancelled_at`

/** Returns a page of the waves before a key, newest first. */
export const listWaves = async (
  db: Queryable,
  { before, limit, maxGateAge }: { before: Key | null; limit: number; maxGateAge: number | null },
) => {
  const [created_at, id] = before ?? [null, null]
  const { rows } = await db.query<Wave>(sql`
    select ${waveColumns}, ${exactTime('created_at')} as key
    from waitlist.waves cross join (${gateState('waitlist', maxGateAge)}) as gate
    where ${created_at}::timestamptz is null
       or (created_at, id) < (${created_at}::timestamptz, ${id}::uuid)
    order by created_at desc, id desc limit ${limit + 1}`)
  return pageOf(rows, limit, ({ key, wave_id }): Key => [key, wave_id])
}
