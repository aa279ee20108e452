// Changing the expiry of codes. An expired code becomes active again, a revoked one does not.
import type { Queryable } from '@vobee/shared/data/database'
import { raw, type Sql, sql } from '@vobee/shared/data/sql'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { findTargetId, type Target } from '../codes/targets.ts'

/** Days from now, or a time; null is never. */
export type Expiry = { days: number } | { at: string | null }

export type Extend = { target: Target<'code' | 'batch'>; expiry: Expiry; audit: Audit }

export type Extension = {
  /** Null: never. */
  expires_at: string | null
  extended: number
  /** Codes that stay as they are because they are revoked. */
  revoked: number
}

/** Codes in a step: 0.3 s, in which redeeming one of them waits. */
const STEP = 5_000

type Step = {
  kind: 'code' | 'batch'
  id: number
  expires_at: string | null
  after: number
  audit: Audit
}

const column = { code: raw('id'), batch: raw('batch') }

const subjectOf = ({ kind, id }: Step): Sql =>
  kind === 'code'
    ? sql`${String(id)}::text`
    : sql`(select batch_id from invites.batches where id = ${id})`

const actionsOf = (step: Step) => sql`
  select 'invites.extended', ${subjectOf(step)},
         jsonb_build_object(
           'kind', ${step.kind}::text, 'codes', count(*),
           'expires_at', ${step.expires_at}::timestamptz
         )
  from extended having count(*) > 0`

const extendStep = (step: Step) => sql`
  with chosen as (
    select id from invites.codes
    where ${column[step.kind]} = ${step.id} and id > ${step.after}
    order by id limit ${STEP}
  ), live as (
    select id from invites.codes
    where id in (select id from chosen) and revoked_at is null
    order by id
    for update
  ), extended as (
    update invites.codes as code set expires_at = ${step.expires_at}, expiry_seen_at = null
    from live where code.id = live.id
    returning code.id
  ), of_batch as (
    update invites.batches set expires_at = ${step.expires_at}
    where id = ${step.id} and ${step.kind === 'batch'} and exists (select from extended)
  ), logged as (${logActions('invites', step.audit, actionsOf(step))})
  select (select count(*) from chosen) as chosen, (select count(*) from extended) as extended,
         (select max(id) from chosen) as last`

const timeOf = async (db: Queryable, expiry: Expiry): Promise<string | null> => {
  if ('at' in expiry) return expiry.at
  const { rows } = await db.query<{ at: string }>(
    sql`select now() + make_interval(hours => 24 * ${expiry.days}::int) as at`,
  )
  return rows[0]?.at ?? null
}

/** Sets when codes expire, step by step. Returns null if the code or batch does not exist. */
export const extend = async (
  db: Queryable,
  { target, expiry, audit }: Extend,
): Promise<Extension | null> => {
  const id = await findTargetId(db, target)
  if (id === null) return null
  const expires_at = await timeOf(db, expiry)
  const extension = { expires_at, extended: 0, revoked: 0 }
  for (let after: number | null = 0; after !== null; ) {
    type Done = { chosen: number; extended: number; last: number }
    const step = { kind: target.kind, id, expires_at, after, audit }
    const { rows } = await db.query<Done>(extendStep(step))
    const { chosen, extended, last } = rows[0] as Done
    extension.extended += extended
    extension.revoked += chosen - extended
    after = chosen === STEP ? last : null
  }
  return extension
}
