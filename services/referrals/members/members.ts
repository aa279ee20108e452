// The people known to referrals, by person key, and their referral codes.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'

type Entry = Payload<'waitlist.joined'>['entries'][number]
type Confirmation = Payload<'waitlist.confirmed'>['entries'][number]

/** Returns the id of a person, and inserts a person who is not known yet. */
export const findOrInsertMember = async (db: Queryable, person: string): Promise<string> => {
  const { rows } = await db.query<{ id: string }>(sql`
    insert into referrals.members as member (person) values (${person})
    on conflict (person) do update set known_at = member.known_at
    returning id`)
  return (rows[0] as { id: string }).id
}

const rowsOf = (entries: readonly Entry[]) => sql`
  select * from unnest(
    ${entries.map((entry) => entry.id)}::uuid[],
    ${entries.map((entry) => entry.person)}::text[],
    ${entries.map((entry) => entry.referral_code)}::text[],
    ${entries.map((entry) => entry.referred_by)}::text[],
    ${entries.map((entry) => entry.confirmed)}::boolean[],
    ${entries.map((entry) => entry.at)}::timestamptz[],
    ${entries.map((entry) => entry.masked ?? null)}::text[]
  ) as entry (entry_id, person, code, brought_code, confirmed, at, masked)`

/**
 * Records joins: the member, the code they joined with, and their own code. The first join that
 * arrives is stored; a later one can only confirm it, and names the newest entry. The code of a join
 * that the member has left since is inserted as ended.
 */
export const recordJoins = (db: Queryable, entries: readonly Entry[], codeDays: number) =>
  db.query(sql`
    with joins as (${rowsOf(entries)}), joined as (
      insert into referrals.members as member
        (person, entry_id, brought_code, confirmed, joined_at, masked)
      select distinct on (person) person, entry_id, upper(brought_code),
             bool_or(confirmed) over (partition by person), at, masked
      from joins
      order by person, at
      on conflict (person) do update set
        entry_id = case when excluded.joined_at < member.joined_at
          then coalesce(member.entry_id, excluded.entry_id) else excluded.entry_id end,
        brought_code = case when member.joined_at is null
          then excluded.brought_code else member.brought_code end,
        confirmed = member.confirmed or excluded.confirmed,
        joined_at = coalesce(member.joined_at, excluded.joined_at),
        masked = coalesce(member.masked, excluded.masked)
      returning id, person, left_at
    )
    insert into referrals.referral_codes (user_id, code, created_at, expires_at, is_active)
    select id, upper(code), at,
           least(at + make_interval(days => ${codeDays}), case when has_left then left_at end),
           not has_left
    from joins join joined using (person)
    cross join lateral (select coalesce(left_at >= at, false) as has_left) as leave
    order by code
    on conflict (code) do nothing`)

/** Records when people confirmed their address. The event may arrive before the join. */
export const recordConfirmed = (db: Queryable, entries: readonly Confirmation[]) =>
  db.query(sql`
    insert into referrals.members as member (person, confirmed, confirmed_at)
    select person, true, min(at)
    from unnest(${entries.map((entry) => entry.person)}::text[],
                ${entries.map((entry) => entry.at)}::timestamptz[]) as confirmed (person, at)
    group by person
    order by person
    on conflict (person) do update
      set confirmed = true, confirmed_at = least(member.confirmed_at, excluded.confirmed_at)`)
