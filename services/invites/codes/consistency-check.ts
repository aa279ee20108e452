// Counting codes and their uses again.
import type { Queryable } from '@vobee/shared/data/database'
import type { Comparison } from '@vobee/shared/ops/consistency-results'

// What each code has used up by its own count, and the uses that are kept of it.
const USES = `
  select 'uses' as name,
         coalesce(sum(kept), 0) as expected,
         coalesce(sum(counted), 0) as found,
         count(*) filter (where kept is distinct from counted or kept > allowed) as wrong
  from (
    select coalesce(uses.n, 0) as kept,
           case when code.id is not null
             then coalesce(batch.max_uses - code.uses_left, uses.n, 0) end as counted,
           batch.max_uses as allowed
    from invites.codes as code
    join invites.batches as batch on batch.id = code.batch
    full join (select code_id, count(*) as n from invites.uses group by code_id) as uses
      on uses.code_id = code.id
  ) as codes`

const SIZES = `
  select 'batch_sizes' as name,
         coalesce(sum(codes.n), 0) as expected,
         coalesce(sum(batch.size), 0) as found,
         count(*) filter (where batch.size is distinct from codes.n) as wrong
  from invites.batches as batch
  full join (select batch, count(*) as n from invites.codes group by batch) as codes
    on codes.batch = batch.id`

/** No code is used more often than it allows; its count equals its uses; each batch is whole. */
export const countAgain = async (db: Queryable): Promise<Comparison[]> => {
  const { rows } = await db.query<Comparison>(`${USES} union all ${SIZES}`)
  return rows
}
