// The statistics of a batch.
import { type Database, runLong, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { codeStatus } from '../codes/code-status.ts'
import { batchColumns, type ListedBatch } from './list-batches.ts'

export type BatchStatistics = ListedBatch & {
  issued: number
  /** Uses of its codes by all people. */
  redeemed: number
  active: number
  used: number
  expired: number
  revoked: number
  /** Seconds from the batch to each use; null without uses. */
  median_seconds_to_redeem: number | null
  p90_seconds_to_redeem: number | null
  /** Each day in UTC, from the batch's to today. */
  redemptions_by_day: { day: string; count: number }[]
}

const statisticsOf = (batchId: string) => sql`
  with batch as (
    select * from invites.batches where batch_id = ${batchId}
  ), code as (
    select codes.id, ${codeStatus('codes')} as status
    from batch join invites.codes on codes.batch = batch.id
  ), codes as (
    select count(*) as issued,
           count(*) filter (where status = 'active') as active,
           count(*) filter (where status = 'used') as used,
           count(*) filter (where status = 'expired') as expired,
           count(*) filter (where status = 'revoked') as revoked
    from code
  ), use as materialized (
    select used_at, extract(epoch from used_at - created_at)::float8 as seconds
    from batch cross join code join invites.uses on uses.code_id = code.id
  ), uses as (
    select redeemed, round(times[1]::numeric, 3) as median_seconds_to_redeem,
           round(times[2]::numeric, 3) as p90_seconds_to_redeem
    from (
      select count(*) as redeemed,
             percentile_cont(array[0.5, 0.9]) within group (order by seconds) as times
      from use
    ) as measured
  ), days as (
    select jsonb_agg(
             jsonb_build_object('day', day, 'count', coalesce(n, 0)) order by day
           ) as redemptions_by_day
    from batch
    cross join generate_series(
      date_trunc('day', created_at at time zone 'utc'), now() at time zone 'utc', interval '1 day'
    ) as start
    cross join lateral (select start::date as day) as named
    left join (
      select (used_at at time zone 'utc')::date as day, count(*) as n from use group by 1
    ) as counted using (day)
  )
  select ${batchColumns}, codes.*, uses.*, days.*
  from batch, codes, uses, days`

/** Returns a batch and its statistics, or null if it does not exist. */
export const findBatchStatistics = (
  db: Database,
  batchId: string,
): Promise<BatchStatistics | null> =>
  transaction(db, async (connection) => {
    const [found] = await runLong<BatchStatistics>(connection, statisticsOf(batchId))
    return found ?? null
  })
