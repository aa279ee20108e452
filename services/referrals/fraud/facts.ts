// SQL: what is known of referrals that bears on fraud.
import type { Queryable } from '@vobee/shared/data/database'
import { raw, sql } from '@vobee/shared/data/sql'
import { mayCount } from './may-count.ts'

/** From so many others with the same device on, more make no difference. */
export const ENOUGH_DEVICES = 12
/** The same for the network: more than an office, or a room of a university, has. */
export const ENOUGH_NEIGHBORS = 48
/** The same for look-alike addresses. */
export const ENOUGH_LOOKALIKES = 4
/** The same for a burst: so many times the usual number. */
export const FULL_BURST = 30

/** What is known of one referral. */
export type Facts = {
  referrer_network: boolean
  referrer_device: boolean
  /** How many other referrals of the referrer share it, as far as it matters. */
  same_network: number
  same_device: number
  same_lookalike: number
  disposable: boolean
  /** Whether a program confirmed by the mailed link; null if no link did. */
  automated: boolean | null
  /** Referrals of the referrer within half an hour, this one included. */
  in_hour: number
  /** Referrals of the referrer in an hour before that, on average. */
  usual: number
  /** Seconds from the join to the confirmation and to the conversion. */
  confirmed_after: number | null
  converted_after: number | null
}

const others = (column: 'network' | 'device' | 'lookalike', enough: number) => sql`
  (select count(*)::int from (
    select from referrals.join_signals
    where referrer_user_id = own.referrer_user_id and ${raw(column)} = own.${raw(column)}
      and user_id <> own.user_id
    limit ${enough}
  ) as other)`

// The last 30 referrals before the hour say what is usual. Comparing rows makes Postgres read so many of
// the index: with an equal sign it may sort all the earlier referrals of the referrer.
const usual = sql`
  select coalesce(
    count(*) / greatest(1, extract(epoch from referral.created_at - min(created_at)) / 3600), 0
  )::float as usual
  from (
    select referrer_user_id, created_at from referrals.referrals
    where (referrer_user_id, created_at)
      < (referral.referrer_user_id, referral.created_at - interval '30 minutes')
    order by referrer_user_id desc, created_at desc limit 30
  ) as earlier
  where referrer_user_id = referral.referrer_user_id`

const inHour = sql`
  select count(*)::int as in_hour from (
    select from referrals.referrals
    where referrer_user_id = referral.referrer_user_id
      and created_at between referral.created_at - interval '30 minutes'
                         and referral.created_at + interval '30 minutes'
    limit ${4 * FULL_BURST}
  ) as nearby`

/** Returns what is known of the referrals that may count and that nobody has reviewed. */
export const readFacts = async (
  db: Queryable,
  referrals: readonly string[],
): Promise<(Facts & { id: string })[]> => {
  const { rows } = await db.query<Facts & { id: string }>(sql`
    select
      referral.id,
      coalesce(own.network = theirs.network, false) as referrer_network,
      coalesce(own.device = theirs.device, false) as referrer_device,
      ${others('network', ENOUGH_NEIGHBORS)} as same_network,
      ${others('device', ENOUGH_DEVICES)} as same_device,
      ${others('lookalike', ENOUGH_LOOKALIKES)} as same_lookalike,
      coalesce(own.disposable, false) as disposable,
      own.automated,
      in_hour,
      usual,
      extract(epoch from referred.confirmed_at - referred.joined_at)::float as confirmed_after,
      extract(
        epoch from least(referred.redeemed_at, referral.paid_at) - referred.joined_at
      )::float as converted_after
    from referrals.referrals as referral
    join referrals.members as referred on referred.id = referral.referred_user_id
    left join referrals.join_signals as own on own.user_id = referral.referred_user_id
    left join referrals.join_signals as theirs on theirs.user_id = referral.referrer_user_id
    cross join lateral (${inHour}) as hour
    cross join lateral (${usual}) as before
    where referral.id = any (${referrals})
      and ${mayCount} and referral.decision is null`)
  return rows
}
