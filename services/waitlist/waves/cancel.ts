// Cancelling a wave: entries that it has not released yet keep their positions.
import { runLong, type Transactable, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { type Audit, logAction } from '@vobee/shared/ops/audit-trail'
import { lockWaves } from './release.ts'

export type Cancelled = { outcome: 'cancelled'; released: number } | { outcome: 'released' }

const deleteMembers = (id: string) => sql`
  with deleted as (delete from waitlist.wave_members where wave_id = ${id} returning 1)
  select count(*) as kept from deleted`

const cancel = (id: string, kept: number) => sql`
  update waitlist.waves
  set cancelled_at = coalesce(cancelled_at, now()), released = released - ${kept}::int,
      pending = pending - ${kept}::int
  where id = ${id} and (cancelled_at is not null or released_at is null or pending > 0)
  returning released, cancelled_at = now() as is_new`

/**
 * Cancels a wave that is scheduled, held or still being released; null if there is no such wave. The
 * members are deleted before the row of the wave is locked, as moving them does.
 */
export const cancelWave = (db: Transactable, id: string, audit: Audit): Promise<Cancelled | null> =>
  transaction(db, async (connection) => {
    await lockWaves(connection)
    const [members] = await runLong<{ kept: number }>(connection, deleteMembers(id))
    const kept = members?.kept ?? 0
    type Row = { released: number; is_new: boolean }
    const { rows } = await connection.query<Row>(cancel(id, kept))
    if (!rows[0]) {
      const wave = await connection.query(sql`select from waitlist.waves where id = ${id}`)
      return wave.rowCount === 0 ? null : { outcome: 'released' }
    }
    const { released, is_new } = rows[0]
    const action = { act: 'waitlist.wave_cancelled', subject: id, details: { released, kept } }
    if (is_new) await logAction(connection, 'waitlist', audit, action)
    return { outcome: 'cancelled', released }
  })
