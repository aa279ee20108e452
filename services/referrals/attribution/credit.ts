import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'

const credited = publish(
  'referrals.credited',
  {
    referrals: [
      { referral_id: sql`id`, referrer: sql`referrer`, person: sql`person`, at: sql`counted_at` },
    ],
  },
  sql`counted`,
)

/** Counts the referrals of the people who are confirmed, and publishes each once. */
export const credit = (db: Queryable, people: readonly string[]) =>
  db.query(sql`
    with counted as (
      update referrals.referrals as referral set state = 'counted', counted_at = now()
      from referrals.members as referred, referrals.members as referrer
      where referred.person = any (${people}) and referred.confirmed
        and referral.referred_user_id = referred.id and referral.state = 'joined'
        and referrer.id = referral.referrer_user_id
      returning referral.id, referral.counted_at, referrer.person as referrer, referred.person
    ), published as (${credited})
    select count(*) from published`)
