import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { gateState } from '@vobee/shared/gate'
import { pageOf } from '@vobee/shared/http/cursor'
import { exactTime } from '../entries/exact-time.ts'
import type { Search } from '../entries/filter.ts'

export const waveStates = ['released', 'releasing', 'held'] as const

export type Wave = {
  wave_id: string
  state: (typeof waveStates)[number]
  asked: number
  released: number
  pending: number
  filter: Search
  by: string
  reason: string | null
  created_at: string
  /** The sort key: `created_at` to the microsecond. */
  key: string
}

export type Key = [created_at: string, id: string]

/** Returns a page of the waves before a key, newest first. */
export const listWaves = async (
  db: Queryable,
  { before, limit, maxGateAge }: { before: Key | null; limit: number; maxGateAge: number | null },
) => {
  const [created_at, id] = before ?? [null, null]
  const { rows } = await db.query<Wave>(sql`
    select id as wave_id,
           case when pending = 0 then 'released' when gate.open or override_gate then 'releasing'
           else 'held' end as state, asked, released, pending, filter, by, reason, created_at,
           ${exactTime('created_at')} as key
    from waitlist.waves cross join (${gateState('waitlist', maxGateAge)}) as gate
    where ${created_at}::timestamptz is null
       or (created_at, id) < (${created_at}::timestamptz, ${id}::uuid)
    order by created_at desc, id desc limit ${limit + 1}`)
  return pageOf(rows, limit, ({ key, wave_id }): Key => [key, wave_id])
}
