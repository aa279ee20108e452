// The members of large waves leave the line in chunks, each a transaction of its own: nobody waits
// long for one of their rows, and after a kill any replica continues. Each chunk checks the gate: a
// wave that meets a closed one is held, and the scheduled job continues it when the gate is open.
import { type Database, runLong, transaction } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import { gateState } from '@vobee/shared/gate'
import { CHUNK, moveChunk } from './chunks.ts'

type Chunk = {
  wave_id: string
  /** The last arrival of the chunk before. */
  after: number
  /** As `maxGateAge` returns it. */
  maxGateAge: number | null
}

// In the order of arrival, which is that of the rows on disk.
const moveNext = ({ wave_id, after, maxGateAge }: Chunk): Sql => {
  const expires_in_days = sql`(select expires_in_days from waitlist.waves where id = ${wave_id})`
  return sql`
  with gate as (
    select open or override_gate as passes
    from (${gateState('waitlist', maxGateAge)}) as stored, waitlist.waves where id = ${wave_id}
  ), due as materialized (
    select arrival from waitlist.wave_members
    where wave_id = ${wave_id} and arrival > ${after} and (select passes from gate)
    order by arrival limit ${CHUNK}
    for update skip locked
  ), deleted as (
    delete from waitlist.wave_members as member
    using due where member.arrival = due.arrival
  ), ${moveChunk(sql`select arrival from due`, { wave_id, expires_in_days })},
  wave as (
    update waitlist.waves
    set pending = pending - (select count(*) from due),
        released = released - (select count(*) from due) + (select count(*) from moved)
    where id = ${wave_id}
  )
  select max(arrival) as last, (select count(*) from published) as published from due`
}

/** Moves a chunk. Returns its last arrival; null if none is left, or if the gate holds the wave. */
const moveSome = (db: Database, chunk: Chunk): Promise<number | null> =>
  transaction(db, async (connection) => {
    const [moved] = await runLong<{ last: number | null }>(connection, moveNext(chunk))
    return moved?.last ?? null
  })

export type Moving = { isStopping: () => boolean; maxGateAge: () => number | null }

/**
 * Moves every member of every wave that the gate lets pass. Ends when all are moved, when other
 * replicas work on the rest, or between two chunks when `isStopping`.
 */
export const moveMembers = async (
  db: Database,
  { isStopping, maxGateAge }: Moving,
): Promise<void> => {
  const { rows } = await db.query<{ id: string }>(
    'select id from waitlist.waves where pending > 0 order by released_at, id',
  )
  for (const { id } of rows) {
    let last: number | null = 0
    while (last !== null && !isStopping()) {
      last = await moveSome(db, { wave_id: id, after: last, maxGateAge: maxGateAge() })
    }
  }
}
