// Who left the list: their codes end, what counted goes on counting.
import type { Queryable } from '@vobee/shared/data/database'
import type { Payload } from '@vobee/shared/events/catalogue'

type Entry = Payload<'waitlist.left'>['entries'][number]

// The join that they left may be heard later; the code that it brings has ended then (members.ts).
const LEAVE = `
  with told as (
    select person, max(at) as at from unnest($1::text[], $2::timestamptz[]) as t (person, at)
    group by person
  ), gone as (
    insert into referrals.members as member (person, left_at)
    select person, at from told order by person
    on conflict (person) do update set left_at = greatest(member.left_at, excluded.left_at)
    returning id, left_at
  )
  update referrals.referral_codes as code
  set is_active = false, expires_at = least(code.expires_at, gone.left_at)
  from gone where code.user_id = gone.id and code.created_at <= gone.left_at`

export const learnLeavers = (db: Queryable, entries: readonly Entry[]) =>
  db.query(LEAVE, [entries.map((entry) => entry.person), entries.map((entry) => entry.at)])
