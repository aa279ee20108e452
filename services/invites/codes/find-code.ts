// Looking up a code, in upper or lower case.
import type { Queryable } from '@vobee/shared/data/database'
import { prepared, type Sql, sql } from '@vobee/shared/data/sql'
import { type CodeStatus, codeStatus } from './code-status.ts'
import { holdsUse, reservedUses } from './reserved-uses.ts'

/** SQL: whether `codes` is the row of this code; the index `codes_key` finds it. */
export const isCode = (code: string): Sql =>
  sql`upper(codes.code collate "C") = upper(${code} collate "C")`

export type FoundCode = {
  code: string
  /** Null: unlimited. */
  uses_left: number | null
  /** Those of `uses_left` that are not reserved. */
  uses_free: number | null
  expires_at: string | null
  status: CodeStatus
}

const findByCode = (code: string) => sql`
  select code, uses_left, uses_left - ${reservedUses('codes')} as uses_free, expires_at,
         ${codeStatus('codes')} as status
  from invites.codes
  where ${isCode(code)}`

export const findCode = async (db: Queryable, code: string): Promise<FoundCode | null> => {
  const { rows } = await db.query<FoundCode>(prepared('find-code', findByCode(code)))
  return rows[0] ?? null
}

/** Returns the uses that anybody may take now; null: unlimited. */
export const freeUses = ({ status, uses_free }: FoundCode): number | null =>
  status === 'active' ? uses_free : 0

/** Returns the seconds until the first reservation of a code expires and may release a use. */
export const secondsUntilRelease = async (db: Queryable, code: string): Promise<number> => {
  const { rows } = await db.query<{ seconds: number }>(sql`
    select greatest(1, ceil(extract(epoch from min(reservation.expires_at) - now()))) as seconds
    from invites.reservations as reservation join invites.codes on codes.id = code_id
    where ${isCode(code)} and ${holdsUse('reservation')}`)
  return rows[0]?.seconds ?? 1
}
