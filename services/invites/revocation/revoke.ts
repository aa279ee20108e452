// Taking codes back, with a reason: what is to be revoked is held first, then ended in steps. A
// code is revoked while one revocation of it stands.

import {
  type Queryable,
  runLong,
  type Transactable,
  transaction,
} from '@vobee/shared/data/database'
import { type Audit, logAction } from '@vobee/shared/ops/audit-trail'
import { subtree } from '../codes/subtree.ts'
import { idOf, type Target } from '../codes/targets.ts'
import { stepOn, TAKE_TURN } from './apply.ts'

export type Revoking = { target: Target; reason: string; by: string; audit: Audit }

const touched = {
  code: 'touched (id) as (select $1::bigint)',
  batch: 'touched (id) as (select id from invites.codes where batch = $1)',
  tree: `${subtree}, touched as (select id from subtree)`,
}

// A code is held also when it is revoked already, so that undoing the other revocation leaves it
// revoked. Asked for again, the one that stands holds what has come since.
const HOLD = (kind: Target['kind']) => `
  with recursive ${touched[kind]},
  made as (
    insert into invites.revocations (kind, target, reason, revoked_by) values ($2, $1, $3, $4)
    on conflict (kind, target) where undone_at is null do nothing
    returning id
  ), standing as (
    select id from made
    union all
    select id from invites.revocations where kind = $2 and target = $1 and undone_at is null
  ), held as (
    insert into invites.revoked_codes (revocation_id, code_id)
    select standing.id, touched.id from standing cross join touched
    on conflict do nothing
    returning code_id
  ), more as (
    update invites.revocations as revocation set reached = 0
    from standing where revocation.id = standing.id and exists (select from held)
  )
  select id, (select count(*) from held) as held from standing`

/**
 * Begins a revocation, and ends its first codes; the others wait for `settle`. Gives the id of the
 * one that stands, null when there is no such code or batch.
 */
export const revoke = (db: Transactable, asked: Revoking): Promise<number | null> =>
  transaction(db, async (connection) => {
    await connection.query(TAKE_TURN)
    const { target, reason, by, audit } = asked
    const { kind, named } = target
    const subject = await idOf(connection, target)
    if (subject === null) return null
    type Standing = { id: number; held: number }
    const values = [subject, kind, reason, by]
    const [standing] = await runLong<Standing>(connection, HOLD(kind), values)
    const { id, held } = standing as Standing
    if (held === 0) return id
    const done = { act: 'invites.revoked', subject: kind === 'batch' ? named : String(subject) }
    const details = { kind, revocation_id: id, codes: held }
    await logAction(connection, 'invites', audit, { ...done, details })
    await stepOn(connection, id)
    return id
  })

export type Revocation = {
  revocation_id: number
  reason: string
  revoked_at: string
  /** How many codes it ended; those that were revoked before are not among them. */
  codes: number
}

export const getRevocation = async (db: Queryable, id: number): Promise<Revocation> => {
  const { rows } = await db.query<Revocation>(
    `select id as revocation_id, reason, revoked_at, codes from invites.revocations where id = $1`,
    [id],
  )
  return rows[0] as Revocation
}
