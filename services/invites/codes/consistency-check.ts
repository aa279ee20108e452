// Recomputes the counts of codes and batches.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Comparison } from '@vobee/shared/ops/consistency-results'

// The uses of each code by its own count, and its rows in `uses`.
const compareUses = sql`
  select 'uses' as name,
         coalesce(sum(stored), 0) as expected,
         coalesce(sum(counted), 0) as found,
         count(*) filter (where stored is distinct from counted or stored > allowed) as wrong
  from (
    select coalesce(uses.n, 0) as stored,
           case when code.id is not null
             then coalesce(batch.max_uses - code.uses_left, uses.n, 0) end as counted,
           batch.max_uses as allowed
    from invites.codes as code
    join invites.batches as batch on batch.id = code.batch
    full join (select code_id, count(*) as n from invites.uses group by code_id) as uses
      on uses.code_id = code.id
  ) as codes`

const compareSizes = sql`
  select 'batch_sizes' as name,
         coalesce(sum(codes.n), 0) as expected,
         coalesce(sum(batch.size), 0) as found,
         count(*) filter (where batch.size is distinct from codes.n) as wrong
  from invites.batches as batch
  full join (select batch, count(*) as n from invites.codes group by batch) as codes
    on codes.batch = batch.id`

// The answers to the recalls of each grant, and the unused codes that its recalls revoked.
const compareRecalls = sql`
  select 'recalled_codes' as name,
         coalesce(sum(answered.n), 0) as expected,
         coalesce(sum(covered.n), 0) as found,
         count(*) filter (where coalesce(answered.n, 0) <> coalesce(covered.n, 0)) as wrong
  from (select batch, sum(revoked) as n from invites.recalls group by batch) as answered
  full join (
    select target as batch, count(*) as n
    from invites.revocations
    join invites.revoked_codes on revocation_id = revocations.id
    join invites.codes on codes.id = code_id
    where kind = 'recall' and codes.revoked_at is not null
      and not exists (select from invites.uses where uses.code_id = codes.id)
    group by target
  ) as covered using (batch)`

/**
 * Compares each code's count with its uses and its limit, each batch's size with its codes, and the
 * answers to recalls with the codes that they revoked.
 */
export const recompute = async (db: Queryable): Promise<Comparison[]> =>
  (
    await db.query<Comparison>(
      sql`${compareUses} union all ${compareSizes} union all ${compareRecalls}`,
    )
  ).rows
