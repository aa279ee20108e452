// SQL: referral codes that people generated after the one of their join had expired.
import type { Queryable } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'

type Code = Payload<'referrals.code_generated'>['codes'][number]

const newest = (codes: readonly Code[]) => sql`
  select distinct on (person) * from unnest(
    ${codes.map(({ person }) => person)}::text[], ${codes.map(({ code }) => code)}::text[],
    ${codes.map(({ at }) => at)}::timestamptz[]
  ) as generated (person, code, at)
  order by person, at desc`

/**
 * Stores the newest code of each entry; the join itself counts as the time of its code. A code that
 * another entry has changes nothing: referrals generates a new one.
 */
export const storeGeneratedCodes = (db: Queryable, codes: readonly Code[]) =>
  db.query(sql`
    with newest as (${newest(codes)}), due as (
      select entry.id, entry.person, entry.referral_code as former, newest.code, newest.at
      from waitlist.entries as entry join newest using (person)
      where newest.at > coalesce(entry.code_at, entry.joined_at)
        and not exists (select from waitlist.entries where referral_code = newest.code)
      order by entry.person
      for no key update of entry
    ), ended as (
      insert into waitlist.former_codes (code, person) select former, person from due
      on conflict (code) do update set person = excluded.person, ended_at = now()
    )
    update waitlist.entries as entry set referral_code = due.code, code_at = due.at
    from due where entry.id = due.id`)

/** SQL: all referral codes of an entry, the former ones included. */
export const codesOf = (entry: Sql) => sql`
  select ${entry}.referral_code
  union all
  select code from waitlist.former_codes where person = ${entry}.person`

/** SQL: the id of the entry that a code belongs to or belonged to. */
export const ownerOf = (code: Sql) => sql`
  select id from waitlist.entries where referral_code = ${code}
  union all
  select id from waitlist.former_codes join waitlist.entries using (person)
  where code = ${code}
  limit 1`
