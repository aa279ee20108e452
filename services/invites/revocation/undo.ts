// Undoing a revocation: what no other one holds is given back.

import { type Queryable, type Transactable, transaction } from '@vobee/shared/data/database'
import { type Audit, logAction } from '@vobee/shared/ops/audit-trail'
import { stepOn, TAKE_TURN } from './apply.ts'

export type Undoing = { id: number; by: string; audit: Audit }

const UNDO = `
  update invites.revocations set undone_at = now(), undone_by = $2, reached = 0
  where id = $1 and undone_at is null`

/** Begins to undo a revocation; what is more than one step waits for `settle`. */
export const undo = (db: Transactable, { id, by, audit }: Undoing): Promise<void> =>
  transaction(db, async (connection) => {
    await connection.query(TAKE_TURN)
    const { rowCount } = await connection.query(UNDO, [id, by])
    if (rowCount === 0) return
    const done = { act: 'invites.revocation_undone', subject: String(id) }
    await logAction(connection, 'invites', audit, done)
    await stepOn(connection, id)
  })

export type Undone = { undone_at: string; restored: number }

export const findUndone = async (db: Queryable, id: number): Promise<Undone | null> => {
  const { rows } = await db.query<Undone>(
    `select undone_at, restored from invites.revocations where id = $1 and undone_at is not null`,
    [id],
  )
  return rows[0] ?? null
}
