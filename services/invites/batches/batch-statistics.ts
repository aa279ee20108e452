// What became of a batch, and of all that somebody made.
import { type Database, runLong, transaction } from '@vobee/shared/data/database'
import { codeStatus } from '../codes/code-status.ts'
import { batchColumns, type ListedBatch } from './list-batches.ts'

export type BatchFigures = ListedBatch & {
  issued: number
  /** How often its codes were used, by all people together. */
  redeemed: number
  active: number
  used: number
  expired: number
  revoked: number
  /** Seconds from the batch to each use; null without any. */
  median_seconds_to_redeem: number | null
  p90_seconds_to_redeem: number | null
  /** Each day in UTC from the batch's to today. */
  redemptions_by_day: { day: string; count: number }[]
}

const FIGURES = `
  with batch as (
    select * from invites.batches where batch_id = $1
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
    select jsonb_agg(jsonb_build_object('day', day, 'count', coalesce(n, 0)) order by day) as redemptions_by_day
    from batch
    cross join generate_series(
      date_trunc('day', created_at, 'utc'), now(), interval '1 day', 'utc'
    ) as start
    cross join lateral (select (start at time zone 'utc')::date as day) as named
    left join (
      select (used_at at time zone 'utc')::date as day, count(*) as n from use group by 1
    ) as counted using (day)
  )
  select ${batchColumns}, codes.*, uses.*, days.*
  from batch, codes, uses, days`

/** A batch and its figures; null when there is none. */
export const figuresOf = (db: Database, batchId: string): Promise<BatchFigures | null> =>
  transaction(db, async (connection) => {
    const [figures] = await runLong<BatchFigures>(connection, FIGURES, [batchId])
    return figures ?? null
  })

export type CreatorFigures = {
  total_uses: number
  total_codes: number
  active_codes: number
}

const CREATOR = `
  select count(*) as total_codes,
         count(*) filter (where status = 'active') as active_codes,
         coalesce(sum(max_uses - uses_left), 0) + coalesce(sum(
           case when max_uses is null
             then (select count(*) from invites.uses where code_id = code.id) end
         ), 0) as total_uses
  from (
    select codes.id, max_uses, uses_left, ${codeStatus('codes')} as status
    from invites.batches join invites.codes on codes.batch = batches.id
    where created_by = $1
  ) as code`

/** What became of all codes that somebody made. */
export const creatorFigures = (db: Database, creator: string): Promise<CreatorFigures> =>
  transaction(db, async (connection) => {
    const [figures] = await runLong<CreatorFigures>(connection, CREATOR, [creator])
    return figures as CreatorFigures
  })
