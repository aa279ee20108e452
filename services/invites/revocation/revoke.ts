// Revoking codes, with a reason. The revocation first lists the codes that it covers, then revokes
// them in steps. A code is revoked as long as a revocation that covers it is not undone.
import {
  type Queryable,
  runLong,
  type Transactable,
  transaction,
} from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import { type Audit, logAction } from '@vobee/shared/ops/audit-trail'
import { findTargetId, type Target } from '../codes/targets.ts'
import { subtree } from '../codes/tree/subtree.ts'
import { applyStep } from './apply.ts'
import { lockRevocations } from './apply-step.ts'
import { type Covered, coverCodes } from './cover.ts'

export type Revoke = { target: Target; reason: string; by: string; audit: Audit }

const coveredBy: Record<Target['kind'], (id: number) => Sql> = {
  code: (id) => sql`covered (id) as (select ${id}::bigint)`,
  batch: (id) => sql`covered (id) as (select id from invites.codes where batch = ${id})`,
  tree: (id) => sql`${subtree(id)}, covered as (select id from subtree)`,
}

/**
 * Begins a revocation and applies its first step; `applyRevocation` does the others. Returns the id
 * of the revocation, or null if the code or batch does not exist.
 */
export const revoke = (db: Transactable, request: Revoke): Promise<number | null> =>
  transaction(db, async (connection) => {
    await connection.query(lockRevocations)
    const { kind, name } = request.target
    const target = await findTargetId(connection, request.target)
    if (target === null) return null
    const revocation = { kind, target, reason: request.reason, by: request.by }
    const cover = coverCodes(revocation, coveredBy[kind](target))
    const [covered] = await runLong<Covered>(connection, cover)
    const { id, added } = covered as Covered
    if (added === 0) return id
    await logAction(connection, 'invites', request.audit, {
      act: 'invites.revoked',
      subject: kind === 'batch' ? name : String(target),
      details: { kind, revocation_id: id, codes: added },
    })
    await applyStep(connection, id)
    return id
  })

export type Revocation = {
  revocation_id: number
  reason: string
  revoked_at: string
  /** Codes that it revoked, without those that were revoked before. */
  codes: number
}

export const getRevocation = async (db: Queryable, id: number): Promise<Revocation> => {
  const { rows } = await db.query<Revocation>(sql`
    select id as revocation_id, reason, revoked_at, codes
    from invites.revocations where id = ${id}`)
  return rows[0] as Revocation
}
