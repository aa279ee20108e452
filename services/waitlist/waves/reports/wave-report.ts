// One wave, and what became of its people.
import { type Database, runLong, transaction } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import { gateState } from '@vobee/shared/gate'
import type { Persona } from '../../scoring/personas.ts'
import { type Wave, waveColumns } from './list-waves.ts'

/** Most sources in a report: a visitor chooses the name of a source. */
export const SOURCES = 100

type Counts = { released: number; mailed: number; redeemed: number }

export type WaveReport = Wave & {
  by_persona: (Counts & { persona: Persona })[]
  by_source: (Counts & { source: string | null })[]
}

const findWave = (id: string, maxGateAge: number | null) => sql`
  select ${waveColumns}
  from waitlist.waves cross join (${gateState('waitlist', maxGateAge)}) as gate
  where id = ${id}`

const countBy = (group: Sql, id: string) => sql`
  select ${group}, count(*) as released, count(invite_mailed_at) as mailed,
         count(*) filter (where status = 'redeemed') as redeemed
  from waitlist.entries where wave_id = ${id}
  group by 1 order by released desc, 1 limit ${SOURCES}`

/** Returns the report; null if there is no such wave. A wave of a million took 4 s. */
export const reportWave = (
  db: Database,
  id: string,
  maxGateAge: number | null,
): Promise<WaveReport | null> =>
  transaction(db, async (connection) => {
    const [wave] = await runLong<Wave>(connection, findWave(id, maxGateAge))
    if (!wave) return null
    const by = <Name extends 'by_persona' | 'by_source'>(group: Sql) =>
      runLong<WaveReport[Name][number]>(connection, countBy(group, id))
    return {
      ...wave,
      by_persona: await by<'by_persona'>(sql`persona`),
      by_source: await by<'by_source'>(sql`utm ->> 'utm_source' as source`),
    }
  })
