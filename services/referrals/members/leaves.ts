// Members who left the waitlist: their codes end, and their counted referrals still count.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'

type Entry = Payload<'waitlist.left'>['entries'][number]

const leavesOf = (entries: readonly Entry[]) => sql`
  select * from unnest(${entries.map((entry) => entry.person)}::text[],
                       ${entries.map((entry) => entry.at)}::timestamptz[]) as entry (person, at)`

const leftMembers = sql`
  insert into referrals.members as member (person, left_at)
  select person, max(at) from leaves group by person order by person
  on conflict (person) do update set left_at = greatest(member.left_at, excluded.left_at)
  returning id, person`

// A member who joined again has a new code: each ends with the first leave after it.
const endedCodes = sql`
  update referrals.referral_codes as code
  set is_active = false, expires_at = least(code.expires_at, ended.at)
  from (
    select code.id, min(at) as at
    from leaves join left_members using (person)
    join referrals.referral_codes as code
      on code.user_id = left_members.id and code.created_at <= leaves.at
    group by code.id
  ) as ended
  where code.id = ended.id
  returning code.id, code.user_id, code.expires_at`

/**
 * Records when people left. The event may arrive before the join: see `recordJoins`. Returns the
 * referrals by codes that had ended at the join, by id: the caller refreshes them.
 */
export const recordLeaves = async (db: Queryable, entries: readonly Entry[]): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>(sql`
    with leaves as (${leavesOf(entries)}), left_members as (${leftMembers}),
    ended_codes as (${endedCodes})
    select referral.id
    from ended_codes as code
    join referrals.referrals as referral
      on referral.referrer_user_id = code.user_id and referral.referral_code_id = code.id
    join referrals.members as referred on referred.id = referral.referred_user_id
    where referral.state <> 'claimed' and referred.joined_at >= code.expires_at`)
  return rows.map(({ id }) => id)
}
