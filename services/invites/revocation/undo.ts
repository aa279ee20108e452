// Undoing a revocation: codes that no other revocation covers are restored. A recall is final: the
// ledger of referrals has taken its codes back.
import { type Queryable, type Transactable, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { type Audit, logAction } from '@vobee/shared/ops/audit-trail'
import { applyStep } from './apply.ts'
import { lockRevocations } from './apply-step.ts'

export type Undo = { id: number; by: string; audit: Audit }

export const markUndone = ({ id, by }: Omit<Undo, 'audit'>) => sql`
  update invites.revocations set undone_at = now(), undone_by = ${by}, reached = 0
  where id = ${id} and kind <> 'recall' and undone_at is null`

/** Begins to undo a revocation; `applyRevocation` does what exceeds one step. */
export const undo = (db: Transactable, request: Undo): Promise<void> =>
  transaction(db, async (connection) => {
    const { id, audit } = request
    await connection.query(lockRevocations)
    const { rowCount } = await connection.query(markUndone(request))
    if (rowCount === 0) return
    const action = { act: 'invites.revocation_undone', subject: String(id) }
    await logAction(connection, 'invites', audit, action)
    await applyStep(connection, id)
  })

export type Undone =
  | { is_final: true; undone_at: null; restored: number }
  | { is_final: false; undone_at: string; restored: number }

/** Returns what undoing a revocation did, or null if it does not exist. */
export const findUndone = async (db: Queryable, id: number): Promise<Undone | null> => {
  const { rows } = await db.query<Undone>(sql`
    select kind = 'recall' as is_final, undone_at, restored
    from invites.revocations where id = ${id}`)
  return rows[0] ?? null
}
