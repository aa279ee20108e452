// Redemptions: when each person first redeemed an invite.
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
