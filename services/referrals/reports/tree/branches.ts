// SQL: the referrals of a member, and the path from a referral up to a member.
import type { Queryable } from '@vobee/shared/data/database'
import { prepared, raw, sql } from '@vobee/shared/data/sql'

export const statuses = ['pending', 'converted', 'expired'] as const
export const states = ['claimed', 'joined', 'counted', 'held', 'void'] as const

export type TreeReferral = {
  referralId: string
  referrerUserId: string
  userId: string
  email: string | null
  status: (typeof statuses)[number]
  state: (typeof states)[number]
  reason: string | null
  score: number
  source: 'code' | 'share'
  createdAt: string
  countedAt: string | null
  convertedAt: string | null
}

type Branch = TreeReferral & { hasReferrals: boolean }

// Each person has at most one of these, so they form trees. The others are leaves.
const live = raw(`state in ('joined', 'counted', 'held')`)

const branches = (member: string, after: string | null, limit: number) => sql`
  select referral.id as "referralId", referrer_user_id as "referrerUserId",
         referred_user_id as "userId", masked as email,
         case when state = 'claimed' and referral.expires_at <= now() then 'expired'
              else status end as status,
         state, reason, fraud_score as score, source, created_at as "createdAt",
         counted_at as "countedAt", converted_at as "convertedAt",
         ${live} and exists (
           select from referrals.referrals where referrer_user_id = referral.referred_user_id
         ) as "hasReferrals"
  from referrals.referrals as referral
  join referrals.members as referred on referred.id = referred_user_id
  where referrer_user_id = ${member} and (
    ${after}::uuid is null or (created_at, referral.id) > (
      select created_at, id from referrals.referrals where id = ${after}
    )
  )
  order by created_at, referral.id
  limit ${limit}`

/** Returns the referrals of a member, oldest first, from the one after `after` on. */
export const readBranches = async (
  db: Queryable,
  { member, after }: { member: string; after: string | null },
  limit: number,
): Promise<Branch[]> => {
  const statement = prepared('branches', branches(member, after, limit))
  return (await db.query<Branch>(statement)).rows
}

type Step = { id: string; referrer: string; referred: string; isLive: boolean; isLast: boolean }

// Without duplicates: a loop ends.
const path = (referral: string, member: string) => sql`
  with recursive path (id, referrer, referred) as (
    select id, referrer_user_id, referred_user_id from referrals.referrals where id = ${referral}
    union
    select above.id, above.referrer_user_id, above.referred_user_id
    from path join referrals.referrals as above on above.referred_user_id = path.referrer
    where ${live} and path.referrer <> ${member}
  )
  select path.*, ${live} as "isLive", not exists (
           select from referrals.referrals as next
           where next.referrer_user_id = path.referrer
             and (next.created_at, next.id) > (referral.created_at, referral.id)
         ) as "isLast"
  from path join referrals.referrals as referral using (id)`

/** Returns the referrals from below a member down to `referral`; null if it is not below. */
export const readPath = async (
  db: Queryable,
  member: string,
  referral: string,
): Promise<Step[] | null> => {
  const { rows } = await db.query<Step>(prepared('path', path(referral, member)))
  const above = new Map(rows.map((step) => [step.referred, step]))
  const steps: Step[] = []
  let step = rows.find(({ id }) => id === referral)
  while (step && !steps.includes(step)) {
    steps.unshift(step)
    if (step.referrer === member) return steps
    step = above.get(step.referrer)
  }
  return null
}
