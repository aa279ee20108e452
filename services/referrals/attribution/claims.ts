// Claims: a share claims a person for the member who shares, for 30 days, once per pair.
import {
  type Database,
  type Queryable,
  type Transactable,
  transaction,
} from '@vobee/shared/data/database'
import { prepared, raw, sql } from '@vobee/shared/data/sql'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { lockAttribution } from '../members/attribution-lock.ts'
import { findOrInsertMember } from '../members/members.ts'

const CLAIM_DAYS = 30

/** A referrer and the person that they refer, by id. */
export type Pair = { referrer: string; referred: string }
export type Claim = { referral_id: string } | { referral_id: null; retry_after: number }
export type ClaimTerms = { perDay: number; audit: Audit }

/** Returns the ids of both people. Runs before the transaction of `claim`, to hold no lock. */
export const findPair = async (db: Queryable, inviter: string, recipient: string) => ({
  referrer: await findOrInsertMember(db, inviter),
  referred: await findOrInsertMember(db, recipient),
})

const earlierClaim = ({ referrer, referred }: Pair) => sql`
  select id, state = 'claimed' and expires_at <= now() as is_over
  from referrals.referrals
  where referrer_user_id = ${referrer} and referred_user_id = ${referred}`

// At most as many rows as a day allows: the oldest says when the next share is possible.
const recentShares = ({ referrer }: Pair, perDay: number) => sql`
  select count(*) < ${perDay} as is_allowed, min(created_at) + interval '1 day' as next_at
  from (
    select created_at from referrals.referrals
    where referrer_user_id = ${referrer} and source = 'share'
      and created_at > now() - interval '1 day'
    order by created_at desc
    limit ${perDay}
  ) as latest`

// An expired claim of the same pair is renewed in its row.
const insertClaim = ({ referrer, referred }: Pair) => sql`
  insert into referrals.referrals as referral
    (referrer_user_id, referred_user_id, source, state, expires_at)
  select ${referrer}::uuid, ${referred}::uuid, 'share', 'claimed',
         now() + interval '${raw(String(CLAIM_DAYS))} days'
  from recent
  where is_allowed and not exists (select from earlier where not is_over)
  on conflict (referrer_user_id, referred_user_id) do update set
    created_at = excluded.created_at, expires_at = excluded.expires_at, status = 'pending'
  where referral.state = 'claimed' and referral.expires_at <= now()
  returning id`

const claimPair = (pair: Pair, { perDay, audit }: ClaimTerms) => sql`
  with earlier as (${earlierClaim(pair)}),
  recent as (${recentShares(pair, perDay)}),
  inserted as (${insertClaim(pair)}),
  logged as (${logActions(
    'referrals',
    audit,
    sql`select 'referrals.shared', id::text, null::jsonb from inserted`,
  )})
  select coalesce(
           (select id from inserted),
           (select id from earlier where not is_over or is_allowed)
         ) as referral_id,
         greatest(1, ceil(extract(epoch from next_at - now())))::int as retry_after
  from recent`

const lockReferrer = (referrer: string) =>
  sql`select pg_advisory_xact_lock(hashtextextended(${referrer}, 0))`

/**
 * Claims a person for a referrer. A pair always has the same id, and a valid claim stays as it is.
 * Returns no id when the shares of the day are used up. The shares of one referrer run one at a
 * time, so that the limit holds.
 */
export const claim = (db: Transactable, pair: Pair, terms: ClaimTerms): Promise<Claim> =>
  transaction(db, async (connection) => {
    await connection.query(lockReferrer(pair.referrer))
    const { rows } = await connection.query<Claim>(prepared('claim', claimPair(pair, terms)))
    return rows[0] as Claim
  })

const markExpired = (limit: number) => sql`
  update referrals.referrals set status = 'expired'
  where id = any (array(
    select id from referrals.referrals
    where state = 'claimed' and status = 'pending' and expires_at <= now()
    order by id limit ${limit} for update skip locked
  ))`

const CHUNK = 1_000

const expireChunk = (db: Database) =>
  transaction(db, async (connection) => {
    await lockAttribution(connection)
    return (await connection.query(markExpired(CHUNK))).rowCount ?? 0
  })

/** Marks expired claims; returns how many. They stopped counting when they expired. */
export const expireClaims = async (db: Database): Promise<number> => {
  let total = 0
  for (let marked = CHUNK; marked === CHUNK; total += marked) marked = await expireChunk(db)
  return total
}
