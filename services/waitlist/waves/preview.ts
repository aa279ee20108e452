// What a release would do now, without doing it.
import { type Database, runLong, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { type Gate, gateState } from '@vobee/shared/gate'
import { positionOf } from '../line/positions.ts'
import type { Persona } from '../scoring/personas.ts'
import { findSkipped, type Skipped } from './named.ts'
import { firstWaiting, type WaveOrder } from './select.ts'

/** Most entries that a preview lists. */
export const LISTED = 1_000

export type PreviewEntry = {
  id: string
  email: string
  name: string | null
  persona: Persona
  source: string | null
  score: number
  position: number
}

export type Preview = { gate: Gate; would_release: number; entries: PreviewEntry[] }

const previewOf = (order: WaveOrder) => sql`
  with ${firstWaiting(order, sql`true`)},
  listed as (
    select id, email, name, persona, utm ->> 'utm_source' as source, score,
           ${positionOf('entry')} as position, place
    from first join waitlist.entries as entry using (arrival)
    where place <= ${LISTED}
  )
  select (select to_json(gate) from (${gateState('waitlist', order.maxGateAge)}) as gate) as gate,
         (select count(*) from first) as would_release,
         (
           select coalesce(json_agg(to_jsonb(listed) - 'place' order by place), '[]') from listed
         ) as entries`

/** Returns the entries that a release now would select, and the named ones that it would skip. */
export const previewRelease = (
  db: Database,
  order: WaveOrder,
): Promise<Preview & { skipped: Skipped[] }> =>
  transaction(db, async (connection) => {
    const [preview] = await runLong<Preview>(connection, previewOf(order))
    const skipped = order.named ? await findSkipped(connection, order.named, null) : []
    return { ...(preview as Preview), skipped }
  })
