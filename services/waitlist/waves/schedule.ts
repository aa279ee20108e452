// Scheduled waves: stored when requested, released when due. A wave that meets a closed gate stays
// due, so it is held until the gate is open.
import {
  type Database,
  type Queryable,
  type Transactable,
  type Transaction,
  transaction,
} from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { type Audit, logAction } from '@vobee/shared/ops/audit-trail'
import type { Search } from '../entries/filter.ts'
import { totalWaiting } from '../line/positions.ts'
import { findIds, findSkipped, type Skipped } from './named.ts'
import { lockWaves, releaseAll } from './release.ts'
import type { WaveOrder } from './select.ts'

export type Scheduled = { release_at: string; waiting: number; skipped: Skipped[] }

const insertWave = (order: WaveOrder, release_at: string, ids: string[] | null) => sql`
  insert into waitlist.waves (
    id, asked, released, filter, by, reason, override_gate, expires_in_days, release_at,
    released_at, entry_ids
  )
  values (
    ${order.wave_id}, ${order.count}, 0, ${JSON.stringify(order.search)}, ${order.by},
    ${order.reason}, ${order.override_reason !== null}, ${order.expires_in_days}, ${release_at},
    null, ${ids}
  )
  returning release_at, ${totalWaiting} as waiting`

/** Stores a wave for later. `skipped` are the named entries that a release now would skip. */
export const scheduleWave = (
  db: Transactable,
  order: WaveOrder,
  { at, audit }: { at: string; audit: Audit },
): Promise<Scheduled> =>
  transaction(db, async (connection) => {
    const { named, wave_id, search, count, override_reason } = order
    const ids = named && (await findIds(connection, named))
    const statement = insertWave(order, at, ids)
    const { rows } = await connection.query<Omit<Scheduled, 'skipped'>>(statement)
    const details = {
      asked: count,
      release_at: at,
      override_gate: override_reason !== null,
      ...search,
    }
    await logAction(connection, 'waitlist', audit, {
      ...{ act: 'waitlist.release_scheduled', subject: wave_id, details },
    })
    const skipped = named ? await findSkipped(connection, named, null) : []
    return { ...(rows[0] as Omit<Scheduled, 'skipped'>), skipped }
  })

const due = sql`released_at is null and cancelled_at is null and release_at <= now()`

type Stored = Pick<WaveOrder, 'wave_id' | 'count' | 'expires_in_days' | 'by' | 'reason'> & {
  search: Search
  entry_ids: string[] | null
  override_gate: boolean
}

/** Returns the request of a wave that is due; null if it was released or cancelled meanwhile. */
const findDue = async (db: Queryable, id: string): Promise<Stored | null> => {
  const { rows } = await db.query<Stored>(sql`
    select id as wave_id, asked as count, filter as search, entry_ids, expires_in_days, by, reason,
           override_gate
    from waitlist.waves where id = ${id} and ${due}`)
  return rows[0] ?? null
}

// Whoever releases or cancels a wave holds the lock.
const releaseDueWave = async (db: Transaction, id: string, maxGateAge: number | null) => {
  await lockWaves(db)
  const stored = await findDue(db, id)
  if (!stored) return
  const { entry_ids, override_gate, ...order } = stored
  await releaseAll(db, {
    ...order,
    named: entry_ids && { by: 'id', values: entry_ids },
    override_reason: override_gate ? (order.reason ?? '') : null,
    maxGateAge,
  })
}

/** Releases the waves that are due, each in a transaction. @throws the first error, at the end. */
export const releaseDue = async (db: Database, maxGateAge: () => number | null): Promise<void> => {
  const { rows } = await db.query<{ id: string }>(
    sql`select id from waitlist.waves where ${due} order by release_at, id`,
  )
  const errors: unknown[] = []
  for (const { id } of rows) {
    const release = (connection: Transaction) => releaseDueWave(connection, id, maxGateAge())
    await transaction(db, release).catch((error) => errors.push(error))
  }
  if (errors.length > 0) throw errors[0]
}
