// Changing the expiry of a code. An expired code becomes active again, a revoked one does not.
import type { Queryable } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { isCode } from '../codes/find-code.ts'
import { publishGrantedCodes } from '../codes/granted-codes.ts'

/** Days from now, or a time; null is never. */
export type Expiry = { days: number } | { at: string | null }

/** `name` is a code, or the `batch_id` of a batch. */
export type Extend = { name: string; expiry: Expiry; audit: Audit }

export type Extension = {
  /** Null: never. */
  expires_at: string | null
  extended: number
  /** Codes that stay as they are because they are revoked. */
  revoked: number
}

/** SQL: the time of an expiry; null is never. */
export const timeOf = (expiry: Expiry): Sql =>
  'at' in expiry
    ? sql`${expiry.at}::timestamptz`
    : sql`now() + make_interval(hours => 24 * ${expiry.days}::int)`

const logExtended = (audit: Audit) =>
  logActions(
    'invites',
    audit,
    sql`
      select 'invites.extended', id::text,
             jsonb_build_object('kind', 'code', 'codes', 1, 'expires_at', expires_at)
      from extended`,
  )

const extend = ({ name, expiry, audit }: Extend) => sql`
  with extended as (
    update invites.codes set expires_at = ${timeOf(expiry)}, expiry_seen_at = null
    where ${isCode(name)} and revoked_at is null
    returning id, batch, revoked_at, expires_at
  ), logged as (${logExtended(audit)}
  ), published as (${publishGrantedCodes('extended')})
  select extended.expires_at, (extended.id is not null)::int as extended,
         (extended.id is null)::int as revoked
  from invites.codes left join extended using (id)
  where ${isCode(name)} and (select count(*) from published) >= 0`

/** Sets when a code expires. Returns null if the code does not exist. */
export const extendCode = async (db: Queryable, request: Extend): Promise<Extension | null> =>
  (await db.query<Extension>(extend(request))).rows[0] ?? null
