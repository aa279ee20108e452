// Scanning codes, newest first. A scan costs what it reads: it follows the index of the batches, and
// in each batch the index of its codes.
import { join, Sql, sql } from '@vobee/shared/data/sql'
import { type CodeStatus, codeStatus } from './code-status.ts'
import { recipientOf } from './recipient.ts'

/** Times are ISO 8601; `…_until` is exclusive. `recipient` and `owner` are person keys. */
export type CodeFilter = {
  batch_id?: string | undefined
  created_by?: string | undefined
  recipient?: string | undefined
  owner?: string | undefined
  created_since?: string | undefined
  created_until?: string | undefined
  status?: CodeStatus | undefined
  expires_since?: string | undefined
  expires_until?: string | undefined
}

/** Where a page ended: the ids of the batch and of the code. */
export type After = readonly [batch: number, code: number] | null

export type Range = { after: After; limit: number }

const all = (conditions: unknown[]): Sql =>
  join([sql`true`, ...conditions.filter((condition) => condition instanceof Sql)], ' and ')

const isRevoked = sql`revoked_at is not null`

// Without a condition on batches: by the index of all codes.
const scanCodes = ({ status }: CodeFilter, { after, limit }: Range) => sql`
  chosen as (select 0 as id where false),
  scanned as materialized (
    select code.*, batch.batch_id, batch.created_by, batch.created_at, batch.max_uses,
           batch.owner_masked
    from (
      select * from invites.codes
      where ${all([
        after && sql`(batch, id) < (${after[0]}, ${after[1]})`,
        status === 'revoked' && isRevoked,
      ])}
      order by batch desc, id desc
      limit ${limit}
    ) as code
    join invites.batches as batch on batch.id = code.batch
  )`

const chosenBatches = (filter: CodeFilter, after: After) => {
  const { batch_id, created_by, recipient, owner, created_since, created_until } = filter
  return all([
    batch_id && sql`batch_id = ${batch_id}`,
    created_by && sql`created_by = ${created_by}`,
    recipient &&
      sql`id = any (
        array(select distinct batch from invites.codes where issued_person = ${recipient})
      )`,
    owner && sql`owner_person = ${owner}`,
    created_since && sql`created_at >= ${created_since}`,
    created_until && sql`created_at < ${created_until}`,
    after && sql`id <= ${after[0]}`,
  ])
}

// The code at which a scan of one batch begins. An `or` instead of `case` would not use the index.
const endIn = ([batch, code]: readonly [number, number]) =>
  sql`case when chosen.id = ${batch} then ${code}::bigint else 9223372036854775807 end`

// One more batch than codes, so that empty batches do not look like the end.
const scanBatches = (filter: CodeFilter, { after, limit }: Range) => sql`
  chosen as materialized (
    select id, batch_id, created_by, created_at, max_uses, owner_masked from invites.batches
    where ${chosenBatches(filter, after)}
    order by id desc
    limit ${limit + 1}
  ), scanned as materialized (
    select code.*, batch_id, created_by, created_at, max_uses, owner_masked
    from chosen
    cross join lateral (
      select * from invites.codes
      where codes.batch = chosen.id and ${all([
        filter.status === 'revoked' && isRevoked,
        filter.recipient && sql`issued_person = ${filter.recipient}`,
        after && sql`id < ${endIn(after)}`,
      ])}
      order by id desc
      limit ${limit}
    ) as code
    limit ${limit}
  )`

const matching = ({ status, expires_since, expires_until }: CodeFilter) =>
  all([
    status && sql`${codeStatus('scanned')} = ${status}`,
    expires_since && sql`expires_at >= ${expires_since}`,
    expires_until && sql`expires_at < ${expires_until}`,
  ])

/** SQL: at most `limit` codes that match among those of `range`, and where the range ended. */
export const scan = (filter: CodeFilter, range: Range, limit: number): Sql => {
  const { status: _, expires_since: _since, expires_until: _until, ...ofBatch } = filter
  const hasBatchFilter = Object.values(ofBatch).some((value) => value !== undefined)
  return sql`
    with ${hasBatchFilter ? scanBatches(filter, range) : scanCodes(filter, range)},
    matching as (
      select *, ${codeStatus('scanned')} as status
      from scanned
      where ${matching(filter)}
      order by batch desc, id desc
      limit ${limit}
    ), scan as (
      select case when is_full then batch else (select min(id) from chosen) end as to_batch,
             case when is_full then code else 0 end as to_code,
             is_full or (select count(*) from chosen) > ${range.limit} as more
      from (
        select count(*) = ${range.limit} as is_full, min(batch) as batch,
               (array_agg(id order by batch, id))[1] as code
        from scanned
      ) as last_scanned
    )
    select scan.*, matching.batch as in_batch, matching.id, code, batch_id, status,
           case when max_uses is null
             then (select count(*) from invites.uses where code_id = matching.id)
             else max_uses - uses_left end as uses,
           max_uses, uses_left, ${recipientOf('matching')} as issued_to, entry_id,
           owner_masked as earned_by, created_by, created_at, expires_at, revoked_at
    from scan left join matching on true`
}
