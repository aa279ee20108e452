// SQL: creating a revocation, or adding codes to the one that is in force.
import { type Sql, sql } from '@vobee/shared/data/sql'
import type { RevocationKind } from '../codes/revocation-kinds.ts'

export type NewRevocation = {
  kind: RevocationKind
  /** The id of a code, of a batch, or of a row in `blocks`. */
  target: number
  reason: string
  by: string
}

/**
 * SQL: creates the revocation of the codes in `covered`, a CTE with the column `id`; if one of the
 * same kind and target is in force, it adds the codes that are new. Returns its id and the number of
 * codes that it added, or no row if there is nothing to cover. Codes that are already revoked are
 * covered too: undoing the other revocation leaves them revoked.
 */
export const coverCodes = ({ kind, target, reason, by }: NewRevocation, covered: Sql): Sql => sql`
  with recursive ${covered},
  created as (
    insert into invites.revocations (kind, target, reason, revoked_by)
    select ${kind}, ${target}::bigint, ${reason}, ${by} where exists (select from covered)
    on conflict (kind, target) where undone_at is null do nothing
    returning id
  ), current as (
    select id from created
    union all
    select id from invites.revocations
    where kind = ${kind} and target = ${target} and undone_at is null
  ), added as (
    insert into invites.revoked_codes (revocation_id, code_id)
    select current.id, covered.id from current cross join covered
    on conflict do nothing
    returning code_id
  ), restarted as (
    update invites.revocations as revocation set reached = 0
    from current where revocation.id = current.id and exists (select from added)
  )
  select id, (select count(*) from added) as added from current`

export type Covered = { id: number; added: number }
