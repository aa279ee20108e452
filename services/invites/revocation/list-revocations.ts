import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { pageOf } from '@vobee/shared/http/cursor'
import { recipientOf } from '../codes/recipient.ts'
import type { RevocationKind } from '../codes/revocation-kinds.ts'

export type ListedRevocation = {
  revocation_id: number
  kind: RevocationKind
  /** The code, the `batch_id` of the batch, or the recipient of a code of the blocked person. */
  target: string | null
  reason: string
  revoked_by: string
  revoked_at: string
  codes: number
  /** Whether codes are still being revoked or restored. */
  pending: boolean
  undone_at: string | null
  undone_by: string | null
  restored: number
}

export type Key = [id: number]
type Range = { undone: boolean | null; before: Key | null; limit: number }

const targetName = sql`
  case when kind in ('batch', 'recall')
         then (select batch_id from invites.batches where id = revocation.target)
       when kind = 'block' then (
         select ${recipientOf('code')}
         from invites.revoked_codes join invites.codes as code on code.id = code_id
         where revocation_id = revocation.id and issued_person is not null
         order by code.id desc limit 1
       )
       else (select code from invites.codes where id = revocation.target) end`

/** Returns a page of the revocations before a key, newest first. */
export const listRevocations = async (db: Queryable, { undone, before, limit }: Range) => {
  const id = before?.[0] ?? null
  const { rows } = await db.query<ListedRevocation>(sql`
    select id as revocation_id, kind,
           ${targetName} as target,
           reason, revoked_by, revoked_at, codes, reached is not null as pending, undone_at,
           undone_by, restored
    from invites.revocations as revocation
    where (${undone}::boolean is null or (undone_at is not null) = ${undone})
      and (${id}::bigint is null or id < ${id})
    order by id desc limit ${limit + 1}`)
  return pageOf(rows, limit, ({ revocation_id }): Key => [revocation_id])
}
