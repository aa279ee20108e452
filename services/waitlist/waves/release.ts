// Releasing: the first waiting entries leave the line together, as a wave.
import {
  runLong,
  type Transactable,
  type Transaction,
  transaction,
} from '@vobee/shared/data/database'
import { type Audit, logAction } from '@vobee/shared/ops/audit-trail'
import { findSkipped, type Skipped } from './named.ts'
import { type Selected, selectFirst, type WaveOrder } from './select.ts'

const ATTEMPTS = 10

export type Released =
  | {
      outcome: 'released'
      released: number
      /** Of these, the members that `moveMembers` moves later. */
      pending: number
      waiting: number
      /** The named entries that are not in the wave. */
      skipped: Skipped[]
      gate_open: boolean
    }
  | { outcome: 'paused'; reasons: string[] }

/** Takes the lock of releases: one wave at a time, each with a snapshot of its own. */
export const lockWaves = (db: Transaction) =>
  runLong(db, `select pg_advisory_xact_lock(hashtext('waitlist.release'))`)

/**
 * Selects a wave and moves its first chunk. An entry that left the line between snapshot and lock is
 * missing from the wave. Then the wave is rolled back and selected again. A second statement for the
 * rest would wait for rows while it holds the counts of the first, and every join would wait for it.
 */
export const releaseAll = async (db: Transaction, order: WaveOrder): Promise<Selected> => {
  for (let attempt = 1; ; attempt++) {
    await db.query('savepoint wave')
    // Selecting a million of ten million took 4 s; a filter with few matches may take 20 s.
    const [wave] = await runLong<Selected>(db, selectFirst(order))
    const done = wave as Selected
    if (done.released === done.selected || attempt === ATTEMPTS) return done
    await db.query('rollback to savepoint wave')
  }
}

/**
 * Releases the entries that are first at this moment, or the named ones. Concurrent releases never release an entry
 * twice: the second one releases the next entries.
 */
export const release = (db: Transactable, order: WaveOrder, audit: Audit): Promise<Released> =>
  transaction(db, async (connection) => {
    await lockWaves(connection)
    const { open, reasons, released, pending, waiting } = await releaseAll(connection, order)
    if (!open && order.override_reason === null) return { outcome: 'paused', reasons }
    const { named, search, wave_id } = order
    const asked = named ? { named: named.values.length } : search
    const details = { released, ...asked, gate_overridden: !open }
    await logAction(connection, 'waitlist', audit, {
      ...{ act: 'waitlist.released', subject: wave_id, details },
    })
    const skipped = named ? await findSkipped(connection, named, wave_id) : []
    return { outcome: 'released', released, pending, waiting, skipped, gate_open: open }
  })
