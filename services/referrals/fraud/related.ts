// SQL: which referrals have to be scored again when others become known.
import type { Queryable } from '@vobee/shared/data/database'
import { raw, sql } from '@vobee/shared/data/sql'
import { ENOUGH_DEVICES, ENOUGH_LOOKALIKES, ENOUGH_NEIGHBORS, FULL_BURST } from './facts.ts'
import { mayCount } from './may-count.ts'

const linked = (referrals: readonly string[]) => sql`
  insert into referrals.join_signals as signals (user_id, referrer_user_id, linked_at)
  select referred_user_id, referrer_user_id, now()
  from referrals.referrals
  where id = any (${referrals}) and ${mayCount}
  order by referred_user_id
  on conflict (user_id) do update set
    referrer_user_id = excluded.referrer_user_id, linked_at = excluded.linked_at
  where signals.referrer_user_id is distinct from excluded.referrer_user_id
  returning user_id`

/** Links the people of referrals to their referrers; returns those who had another or none, by id. */
export const linkReferrers = async (
  db: Queryable,
  referrals: readonly string[],
): Promise<string[]> => {
  const { rows } = await db.query<{ user_id: string }>(linked(referrals))
  return rows.map((row) => row.user_id)
}

// A group that was large enough before changes no score. So the oldest of it are all that matter.
// Comparing rows makes Postgres read so many of the index, however large the group is.
const alike = (column: 'network' | 'device' | 'lookalike', enough: number) => sql`
  select sibling.user_id from fresh cross join lateral (
    select user_id, referrer_user_id, ${raw(column)} from referrals.join_signals
    where referrer_user_id is not null and ${raw(column)} is not null
      and (referrer_user_id, ${raw(column)}, linked_at)
        >= (fresh.referrer_user_id, fresh.${raw(column)}, '-infinity'::timestamptz)
    order by referrer_user_id, ${raw(column)}, linked_at limit ${enough + 1}
  ) as sibling
  where sibling.referrer_user_id = fresh.referrer_user_id
    and sibling.${raw(column)} = fresh.${raw(column)}`

const inBurst = sql`
  select nearby.id from fresh
  join referrals.referrals as own on own.referred_user_id = fresh.user_id
    and own.referrer_user_id = fresh.referrer_user_id
  cross join lateral (
    select id, referrer_user_id, created_at from referrals.referrals
    where (referrer_user_id, created_at)
      >= (own.referrer_user_id, own.created_at - interval '30 minutes')
    order by referrer_user_id, created_at limit ${FULL_BURST}
  ) as nearby
  where nearby.referrer_user_id = own.referrer_user_id
    and nearby.created_at <= own.created_at + interval '30 minutes'`

/**
 * Returns the referrals of the same referrers that people, by id, now stand beside: with the same
 * network, device or look-alike bucket, or within half an hour; and the referrals by these people from
 * their own network. Bounded for each person, however many referrals the referrer has.
 */
export const findRelated = async (db: Queryable, people: readonly string[]): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>(sql`
    with fresh as (
      select user_id, referrer_user_id, network, device, lookalike
      from referrals.join_signals where user_id = any (${people})
    )
    select referral.id
    from (
      ${alike('network', ENOUGH_NEIGHBORS)}
      union ${alike('device', ENOUGH_DEVICES)}
      union ${alike('lookalike', ENOUGH_LOOKALIKES)}
    ) as sibling
    join referrals.referrals as referral on referral.referred_user_id = sibling.user_id
    union ${inBurst}`)
  return rows.map(({ id }) => id)
}

/** Most referrals of a new member that are scored again: events come in order, so there are few. */
const REFERRED_BEFORE = 100

/** Returns the person keys of people that new members referred from their own network before. */
export const findReferredNearby = async (
  db: Queryable,
  people: readonly string[],
): Promise<string[]> => {
  const { rows } = await db.query<{ person: string }>(sql`
    select referred.person
    from referrals.members as member
    join referrals.join_signals as own on own.user_id = member.id
    cross join lateral (
      select user_id from referrals.join_signals
      where referrer_user_id = own.user_id and network = own.network
      order by linked_at limit ${REFERRED_BEFORE}
    ) as other
    join referrals.members as referred on referred.id = other.user_id
    where member.person = any (${people})`)
  return rows.map(({ person }) => person)
}
