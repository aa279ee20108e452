// Conversions: referred people who redeemed an invite.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'

type Use = Payload<'invites.used'>['uses'][number]

/** Records when each person first redeemed an invite. The event may arrive before the join. */
export const recordRedemptions = (db: Queryable, uses: readonly Use[]) =>
  db.query(sql`
    insert into referrals.members as member (person, redeemed_at)
    select person, min(at)
    from unnest(${uses.map((use) => use.person)}::text[],
                ${uses.map((use) => use.at)}::timestamptz[]) as used (person, at)
    group by person
    order by person
    on conflict (person) do update
      set redeemed_at = least(member.redeemed_at, excluded.redeemed_at)`)

/** Marks the referrals of people who redeemed an invite as converted. Void ones stay unchanged. */
export const convert = (db: Queryable, people: readonly string[]) =>
  db.query(sql`
    update referrals.referrals as referral
    set status = 'converted', converted_at = referred.redeemed_at
    from referrals.members as referred
    where referred.person = any (${people}) and referral.referred_user_id = referred.id
      and referral.state in ('joined', 'counted', 'held')
      and (referral.status = 'pending' or referral.converted_at > referred.redeemed_at)
      and referred.redeemed_at is not null`)
