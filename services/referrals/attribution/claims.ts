// Claims that a share makes: good for 30 days, one for each pair.

import { type Queryable, type Transactable, transaction } from '@vobee/shared/data/database'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { learnPerson } from '../members/members.ts'

const CLAIM_DAYS = 30

export type Claim = { referral_id: string } | { referral_id: null; retry_after: number }

// A claim that ran out is made anew in its row. `recent` holds at most as many as are allowed:
// the oldest of them says when the next share is possible.
const CLAIM = `
  with earlier as (
    select id, state = 'claimed' and expires_at <= now() as is_over
    from referrals.referrals
    where referrer_user_id = $1 and referred_user_id = $2
  ), recent as (
    select count(*) < $3 as is_allowed, min(created_at) + interval '1 day' as next_at
    from (
      select created_at from referrals.referrals
      where referrer_user_id = $1 and source = 'share' and created_at > now() - interval '1 day'
      order by created_at desc
      limit $3
    ) as latest
  ), made as (
    insert into referrals.referrals as referral
      (referrer_user_id, referred_user_id, source, state, expires_at)
    select $1, $2, 'share', 'claimed', now() + make_interval(days => ${CLAIM_DAYS})
    from recent
    where is_allowed and not exists (select from earlier where not is_over)
    on conflict (referrer_user_id, referred_user_id) do update set
      created_at = excluded.created_at, expires_at = excluded.expires_at, status = 'pending'
    where referral.state = 'claimed' and referral.expires_at <= now()
    returning id
  ), audited as (
    ${logActions('referrals', 4, "select 'referrals.shared', id::text, null::jsonb from made")}
  )
  select coalesce(
           (select id from made),
           (select id from earlier where not is_over or is_allowed)
         ) as referral_id,
         greatest(1, ceil(extract(epoch from next_at - now())))::int as retry_after
  from recent`

export type Pair = { referrer: string; referred: string }

/** The ids of both, known from now on. */
export const learnPair = async (
  db: Queryable,
  inviter: string,
  recipient: string,
): Promise<Pair> => ({
  referrer: await learnPerson(db, inviter),
  referred: await learnPerson(db, recipient),
})

/**
 * Claims a person for who shared: the same pair has the same id, and makes nothing new while the
 * claim lives. Without an id when the day's shares are used up. One share of a member at a time,
 * so that the limit holds.
 */
export const share = (
  db: Transactable,
  { referrer, referred }: Pair,
  { perDay, audit }: { perDay: number; audit: Audit },
): Promise<Claim> =>
  transaction(db, async (connection) => {
    await connection.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [referrer])
    const values = [referrer, referred, perDay, audit]
    const { rows } = await connection.query<Claim>({ name: 'share', text: CLAIM, values })
    return rows[0] as Claim
  })
