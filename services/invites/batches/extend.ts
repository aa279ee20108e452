// Giving codes another end: an expired one lives again, a revoked one does not.

import type { Queryable } from '@vobee/shared/data/database'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { idOf, type Target } from '../codes/targets.ts'

export type End = { days: number } | { at: string | null }

export type Extending = { target: Target<'code' | 'batch'>; end: End; audit: Audit }

export type Extension = {
  /** Null: never. */
  expires_at: string | null
  extended: number
  /** How many were left as they are because they are revoked. */
  revoked: number
}

/** 0.3 s: whoever redeems one of them meanwhile does not wait for the others. */
const STEP = 5_000

const chosen = {
  code: 'select id from invites.codes where id = $1 and id > $4 limit $5',
  batch: 'select id from invites.codes where batch = $1 and id > $4 order by id limit $5',
}
const subject = {
  code: '$1::bigint::text',
  batch: '(select batch_id from invites.batches where id = $1)',
}

const EXTENDED = (kind: keyof typeof chosen) => `
  select 'invites.extended', ${subject[kind]},
         jsonb_build_object('kind', '${kind}', 'codes', count(*), 'expires_at', $2::timestamptz)
  from extended having count(*) > 0`

const EXTEND = (kind: keyof typeof chosen) => `
  with chosen as (${chosen[kind]}),
  live as (
    select id from invites.codes
    where id in (select id from chosen) and revoked_at is null
    order by id
    for update
  ), extended as (
    update invites.codes as code set expires_at = $2, expiry_seen_at = null
    from live where code.id = live.id
    returning code.id
  ), of_batch as (
    update invites.batches set expires_at = $2
    where id = $1 and '${kind}' = 'batch' and exists (select from extended)
  ), audited as (${logActions('invites', 3, EXTENDED(kind))})
  select (select count(*) from chosen) as chosen, (select count(*) from extended) as extended,
         (select max(id) from chosen) as last`

const endAt = async (db: Queryable, end: End): Promise<string | null> => {
  if ('at' in end) return end.at
  const later = `select now() + make_interval(hours => 24 * $1::int) as at`
  return (await db.query<{ at: string }>(later, [end.days])).rows[0]?.at ?? null
}

/** Sets when codes end, step by step; null when there is no such code or batch. */
export const extend = async (db: Queryable, asked: Extending): Promise<Extension | null> => {
  const { target, end, audit } = asked
  const id = await idOf(db, target)
  if (id === null) return null
  const expires_at = await endAt(db, end)
  const extension = { expires_at, extended: 0, revoked: 0 }
  let left = true
  let after = 0
  while (left) {
    type Step = { chosen: number; extended: number; last: number }
    const values = [id, expires_at, audit, after, STEP]
    const { rows } = await db.query<Step>(EXTEND(target.kind), values)
    const { chosen, extended, last } = rows[0] as Step
    extension.extended += extended
    extension.revoked += chosen - extended
    left = chosen === STEP
    after = last
  }
  return extension
}
