// The people known here, by person key, and the codes that are theirs.
import type { Queryable } from '@vobee/shared/data/database'
import type { Payload } from '@vobee/shared/events/catalogue'

type Entry = Payload<'waitlist.joined'>['entries'][number]
type Use = Payload<'invites.used'>['uses'][number]

/** The id of a person, known from now on. A statement of its own, so that it waits holding nothing. */
export const learnPerson = async (db: Queryable, person: string): Promise<string> => {
  const { rows } = await db.query<{ id: string }>(
    `insert into referrals.members as member (person) values ($1)
     on conflict (person) do update set known_at = member.known_at
     returning id`,
    [person],
  )
  return (rows[0] as { id: string }).id
}

/**
 * Keeps who joined, with which code, and the code that is theirs now. The first join that is
 * heard stays; being confirmed is learned at any time. The code of a join that they left has ended.
 */
export const learnJoins = (db: Queryable, entries: readonly Entry[], codeDays: number) =>
  db.query(
    `with told as (
       select * from unnest(
         $1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz[]
       ) as t (entry_id, person, code, brought_code, confirmed, at)
     ), kept as (
       insert into referrals.members as member
         (person, entry_id, brought_code, confirmed, joined_at)
       select distinct on (person) person, entry_id, upper(brought_code),
              bool_or(confirmed) over (partition by person), at
       from told
       order by person, at
       on conflict (person) do update set
         entry_id = coalesce(member.entry_id, excluded.entry_id),
         brought_code = case when member.joined_at is null
           then excluded.brought_code else member.brought_code end,
         confirmed = member.confirmed or excluded.confirmed,
         joined_at = coalesce(member.joined_at, excluded.joined_at)
       returning id, person, left_at
     )
     insert into referrals.referral_codes (user_id, code, created_at, expires_at, is_active)
     select kept.id, upper(told.code), told.at,
            least(told.at + make_interval(days => $7), case when has_left then left_at end),
            not has_left
     from told join kept using (person)
     cross join lateral (select coalesce(left_at >= told.at, false) as has_left) as gone
     order by told.code
     on conflict (code) do nothing`,
    [
      entries.map((entry) => entry.id),
      entries.map((entry) => entry.person),
      entries.map((entry) => entry.referral_code),
      entries.map((entry) => entry.referred_by),
      entries.map((entry) => entry.confirmed),
      entries.map((entry) => entry.at),
      codeDays,
    ],
  )

/** Keeps who confirmed their address: it may be heard before the join. */
export const learnConfirmed = (db: Queryable, people: readonly string[]) =>
  db.query(
    `insert into referrals.members as member (person, confirmed)
     select distinct person, true from unnest($1::text[]) as told (person)
     order by person
     on conflict (person) do update set confirmed = true`,
    [people],
  )

/** Keeps who redeemed an invite, and when first: it may be heard before the join. */
export const learnRedeemers = (db: Queryable, uses: readonly Use[]) =>
  db.query(
    `insert into referrals.members as member (person, redeemed_at)
     select person, min(at) from unnest($1::text[], $2::timestamptz[]) as used (person, at)
     group by person
     order by person
     on conflict (person) do update
       set redeemed_at = least(member.redeemed_at, excluded.redeemed_at)`,
    [uses.map((use) => use.person), uses.map((use) => use.at)],
  )
