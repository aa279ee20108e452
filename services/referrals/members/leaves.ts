// Members who left the waitlist: their codes end, and their counted referrals still count.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'

type Entry = Payload<'waitlist.left'>['entries'][number]

/** Records when people left. The event may arrive before the join: see `recordJoins`. */
export const recordLeaves = (db: Queryable, entries: readonly Entry[]) =>
  db.query(sql`
    with leaves as (
      select person, max(at) as at
      from unnest(${entries.map((entry) => entry.person)}::text[],
                  ${entries.map((entry) => entry.at)}::timestamptz[]) as entry (person, at)
      group by person
    ), left_members as (
      insert into referrals.members as member (person, left_at)
      select person, at from leaves order by person
      on conflict (person) do update set left_at = greatest(member.left_at, excluded.left_at)
      returning id, left_at
    )
    update referrals.referral_codes as code
    set is_active = false, expires_at = least(code.expires_at, member.left_at)
    from left_members as member
    where code.user_id = member.id and code.created_at <= member.left_at`)
