// The members of large waves are moved out of the line in chunks, each a transaction of its own:
// nobody waits long for one of their rows, and after a kill any replica goes on.
import { type Database, runLong, transaction } from '@vobee/shared/data/database'
import { CHUNK, moving } from './chunks.ts'

// In the order of arrival, which is that of the rows on disk.
const MOVE = `
  with due as materialized (
    select arrival from waitlist.wave_members where wave_id = $1 and arrival > $2
    order by arrival limit ${CHUNK}
    for update skip locked
  ), taken as (
    delete from waitlist.wave_members as member
    using due where member.arrival = due.arrival
  ), ${moving('select arrival from due', 1)},
  wave as (
    update waitlist.waves
    set pending = pending - (select count(*) from due),
        released = released - (select count(*) from due) + (select count(*) from moved)
    where id = $1
  )
  select max(arrival) as last, (select count(*) from told) as told from due`

/** Moves some of those who came after `after`; gives the last of them, or null. */
const moveSome = (db: Database, wave_id: string, after: number): Promise<number | null> =>
  transaction(db, async (connection) => {
    const [moved] = await runLong<{ last: number | null }>(connection, MOVE, [wave_id, after])
    return moved?.last ?? null
  })

/**
 * Moves every member of every wave. Ends when that is done, when other replicas are at the rest, or
 * between two chunks when `isStopping`.
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
