// Who brought whom: decided from what was told, whatever came first.
import type { Queryable } from '@vobee/shared/data/database'
import type { Payload } from '@vobee/shared/events/catalogue'

/**
 * Lets one transaction at a time settle, among all replicas: two that do not see each other's
 * referral could close a ring together.
 */
export const settleAlone = (db: Queryable) =>
  db.query(`select pg_advisory_xact_lock(hashtextextended('referrals: settling', 0))`)

// `due`: who joined and is not settled, of those just heard of and of those who brought a code
// that has just become known. The code that somebody brought decides, known or not; without one
// the earliest claim that was live when they joined.
// `walk` goes up from a referrer. It starts only below people who brought somebody themselves:
// nobody else can close a ring. In a ring of new referrals the one who joined last is void.
const SETTLE = `
  with recursive due as (
    select id, person, joined_at, brought_code
    from referrals.members as member
    where joined_at is not null
      and (person = any ($1) or brought_code = any ($2))
      and not exists (
        select from referrals.referrals
        where referred_user_id = member.id and state <> 'claimed'
      )
  ), found as (
    select due.id as referred, due.person, due.joined_at, code.user_id as referrer,
           code.id as code_id, 'code' as source, due.joined_at as created_at,
           case when code.user_id = due.id then 'self_referral'
                when code.expires_at <= due.joined_at then 'code_expired' end as reason
    from due join referrals.referral_codes as code on code.code = due.brought_code
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
    where brought_code is null
  ), fresh as (
    select * from found where reason is null
  ), walk as (
    select referred as start, referrer as reached
    from fresh
    where exists (
      select from referrals.referrals
      where referrer_user_id = fresh.referred and state in ('joined', 'counted', 'held')
    ) or exists (select from fresh as other where other.referrer = fresh.referred)
    union
    select walk.start, above.referrer
    from walk cross join lateral (
      select referrer from fresh where referred = walk.reached
      union all
      select referrer_user_id from referrals.referrals
      where referred_user_id = walk.reached and state in ('joined', 'counted', 'held')
    ) as above
    where walk.reached <> walk.start
  ), rings as (
    select referred
    from fresh
    where exists (select from walk where start = fresh.referred and reached = fresh.referred)
      and not exists (
        select from walk join fresh as other on other.referred = walk.reached
        where walk.start = fresh.referred
          and (other.joined_at, other.person) > (fresh.joined_at, fresh.person)
      )
  ), decided as (
    select found.*, coalesce(reason, case when rings.referred is not null then 'ring' end) as fault
    from found left join rings using (referred)
  ), kept as (
    insert into referrals.referrals as referral (
      referrer_user_id, referred_user_id, referral_code_id, source, created_at, state, reason
    )
    select referrer, referred, code_id, source, created_at,
           case when fault is null then 'joined' else 'void' end, fault
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
    returning referred_user_id
  )
  select due.person from kept join due on due.id = kept.referred_user_id`

type Entry = Payload<'waitlist.joined'>['entries'][number]

/** Settles whose referral the people who just joined are, and who waited for their codes. */
export const settle = async (db: Queryable, entries: readonly Entry[]): Promise<string[]> => {
  const { rows } = await db.query<{ person: string }>({
    name: 'settle',
    text: SETTLE,
    values: [
      entries.map((entry) => entry.person),
      entries.map((entry) => entry.referral_code.toUpperCase()),
    ],
  })
  return rows.map((row) => row.person)
}

/** Counts the referrals of those people who are confirmed, and tells of each once. */
export const credit = (db: Queryable, people: readonly string[]) =>
  db.query(
    `with counted as (
       update referrals.referrals as referral set state = 'counted', counted_at = now()
       from referrals.members as referred, referrals.members as referrer
       where referred.person = any ($1) and referred.confirmed
         and referral.referred_user_id = referred.id and referral.state = 'joined'
         and referrer.id = referral.referrer_user_id
       returning referral.id, referral.counted_at, referrer.person as referrer, referred.person
     ), told as (
       select waitlist.publish('referrals.credited', payload),
              quality_gates.publish('referrals.credited', payload)
       from (
         select jsonb_build_object('referrals', jsonb_agg(jsonb_build_object(
           'referral_id', id, 'referrer', referrer, 'person', person, 'at', counted_at
         ))) as payload
         from counted having count(*) > 0
       ) as news
     )
     select count(*) from told`,
    [people],
  )

/** Marks the referrals of those people who redeemed an invite; void ones stay as they are. */
export const convert = (db: Queryable, people: readonly string[]) =>
  db.query(
    `update referrals.referrals as referral
     set status = 'converted', converted_at = referred.redeemed_at
     from referrals.members as referred
     where referred.person = any ($1) and referral.referred_user_id = referred.id
       and referral.state in ('joined', 'counted', 'held')
       and (referral.status = 'pending' or referral.converted_at > referred.redeemed_at)
       and referred.redeemed_at is not null`,
    [people],
  )
