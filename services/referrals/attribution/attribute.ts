// Attribution: finds the referrer of each person from the events that arrived so far, in any order.
import type { Queryable } from '@vobee/shared/data/database'
import { prepared, type Sql, sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'
import { mayCount } from '../fraud/may-count.ts'

type Entry = Payload<'waitlist.joined'>['entries'][number]

// A join would read all rows while the plan is older than most of them: 40 µs an entry among 60,000.
// A subquery with a limit is looked up in its index, for each row.
const hasReferral = (condition: Sql) =>
  sql`coalesce((select true from referrals.referrals where ${condition} limit 1), false)`

// People who joined and have no referral yet: of these entries, and those who joined with a code
// that these entries make known.
const due = (entries: readonly Entry[]) => sql`
  select id, person, joined_at, brought_code
  from (
    select * from referrals.members
    where person = any (${entries.map((entry) => entry.person)})
    union
    select * from referrals.members
    where brought_code = any (${entries.map((entry) => entry.referral_code.toUpperCase())})
  ) as member
  where joined_at is not null
    and not ${hasReferral(sql`referred_user_id = member.id and state <> 'claimed'`)}`

// The code that a person joined with decides, known or not. Without a code the earliest claim that
// was valid at the join decides.
const found = sql`
  select due.id as referred, due.person, due.joined_at, code.user_id as referrer,
         code.id as code_id, 'code' as source, due.joined_at as created_at,
         case when code.user_id = due.id then 'self_referral'
              when code.expires_at <= due.joined_at then 'code_expired' end as reason
  from due cross join lateral (
    select * from referrals.referral_codes where code = due.brought_code limit 1
  ) as code
  where brought_code is not null
  union all
  select id, person, joined_at, referrer_user_id, null, 'share', created_at, null
  from due cross join lateral (
    select referrer_user_id, created_at
    from referrals.referrals
    where referred_user_id = due.id and state = 'claimed'
      and created_at < due.joined_at and expires_at > due.joined_at
    order by created_at, id
    limit 1
  ) as claim
  where brought_code is null`

// Walks up from the referrer of each new referral, starting only below people who referred somebody:
// nobody else can close a ring.
const walk = sql`
  select referred as start, referrer as reached
  from fresh
  where ${hasReferral(sql`referrer_user_id = fresh.referred and ${mayCount}`)}
    or exists (select from fresh as other where other.referrer = fresh.referred)
  union
  select walk.start, above.referrer
  from walk cross join lateral (
    select referrer from fresh where referred = walk.reached
    union all
    select referrer_user_id from referrals.referrals
    where referred_user_id = walk.reached and ${mayCount}
  ) as above
  where walk.reached <> walk.start`

// In a ring of new referrals the referral of the person who joined last is void.
const rings = sql`
  select referred
  from fresh
  where exists (select from walk where start = fresh.referred and reached = fresh.referred)
    and not exists (
      select from walk join fresh as other on other.referred = walk.reached
      where walk.start = fresh.referred
        and (other.joined_at, other.person) > (fresh.joined_at, fresh.person)
    )`

const inserted = sql`
  insert into referrals.referrals as referral (
    referrer_user_id, referred_user_id, referral_code_id, source, created_at, state, reason
  )
  select referrer, referred, code_id, source, created_at,
         case when void_reason is null then 'joined' else 'void' end, void_reason
  from decided
  order by referrer, referred
  on conflict (referrer_user_id, referred_user_id) do update set
    referral_code_id = excluded.referral_code_id,
    source = excluded.source,
    created_at = least(referral.created_at, excluded.created_at),
    state = excluded.state,
    reason = excluded.reason,
    status = 'pending',
    expires_at = null
  returning referred_user_id`

const attributeEntries = (entries: readonly Entry[]) => sql`
  with recursive due as (${due(entries)}), found as (${found}),
  fresh as (select * from found where reason is null),
  walk as (${walk}), rings as (${rings}),
  decided as (
    select found.*,
           coalesce(reason, case when rings.referred is not null then 'ring' end) as void_reason
    from found left join rings using (referred)
  ), inserted as (${inserted})
  select due.person from inserted join due on due.id = inserted.referred_user_id`

/**
 * Inserts the referrals of people who joined: of these entries, and those who waited for the codes
 * of these entries. Returns the people. The caller holds `lockAttribution`.
 */
export const attribute = async (db: Queryable, entries: readonly Entry[]): Promise<string[]> => {
  const { rows } = await db.query<{ person: string }>(
    prepared('attribute', attributeEntries(entries)),
  )
  return rows.map((row) => row.person)
}
