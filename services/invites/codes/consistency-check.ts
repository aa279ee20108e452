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

/** Compares each code's count with its uses and its limit, and each batch's size with its codes. */
export const recompute = async (db: Queryable): Promise<Comparison[]> =>
  (await db.query<Comparison>(sql`${compareUses} union all ${compareSizes}`)).rows
