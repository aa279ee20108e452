// The members of large waves leave the line in chunks, each a transaction of its own: nobody waits
// long for one of their rows, and after a kill any replica continues.
import { type Database, runLong, transaction } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import { CHUNK, moveChunk } from './chunks.ts'

// In the order of arrival, which is that of the rows on disk.
const moveNext = (wave_id: string, after: number): Sql => sql`
  with due as materialized (
    select arrival from waitlist.wave_members where wave_id = ${wave_id} and arrival > ${after}
    order by arrival limit ${CHUNK}
    for update skip locked
  ), deleted as (
    delete from waitlist.wave_members as member
    using due where member.arrival = due.arrival
  ), ${moveChunk(sql`select arrival from due`, wave_id)},
  wave as (
    update waitlist.waves
    set pending = pending - (select count(*) from due),
        released = released - (select count(*) from due) + (select count(*) from moved)
    where id = ${wave_id}
  )
  select max(arrival) as last, (select count(*) from published) as published from due`

/** Moves the next chunk after an arrival. Returns the last arrival of the chunk, or null. */
const moveSome = (db: Database, wave_id: string, after: number): Promise<number | null> =>
  transaction(db, async (connection) => {
    const [moved] = await runLong<{ last: number | null }>(connection, moveNext(wave_id, after))
    return moved?.last ?? null
  })

/**
 * Moves every member of every wave. Ends when all are moved, when other replicas work on the rest,
 * or between two chunks when `isStopping`.
 */
export const moveMembers = async (db: Database, isStopping: () => boolean): Promise<void> => {
  const { rows } = await db.query<{ id: string }>(
    'select id from waitlist.waves where pending > 0 order by created_at, id',
  )
  for (const { id } of rows) {
    let last: number | null = 0
    while (last !== null && !isStopping()) {
      last = await moveSome(db, id, last)
    }
  }
}
