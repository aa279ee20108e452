// The referrals around one: who referred the referrer, and which joins looked the same.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { z } from 'zod'
import type { HeldReferral } from './held-referral.ts'

/** Most members above the referrer, and most referrals beside it. */
const ABOVE = 10
const BESIDE = 100

const email = z.string().nullable()
const Above = z.object({ member_id: z.uuid(), email, is_blocked: z.boolean() })
const Beside = z.object({
  referral_id: z.uuid(),
  state: z.string(),
  score: z.int(),
  created_at: z.iso.datetime(),
  referred_id: z.uuid(),
  referred_email: email,
  shares: z.array(z.enum(['network', 'device', 'lookalike'])),
})

export const Neighbors = z.object({
  referred_by: z
    .array(Above)
    .describe('Who referred the referrer, who referred them, and so on, at most 10.'),
  similar: z
    .array(Beside)
    .describe(
      'Other referrals of the same referrer that share a network, a device or a look-alike address, ' +
        'the latest first, at most 100.',
    ),
})
export type Neighbors = z.infer<typeof Neighbors>

const above = (referrer: string) => sql`
  with recursive above as (
    select ${referrer}::uuid as id, 0 as depth
    union all
    select referrer_user_id, depth + 1
    from above join referrals.referrals as referral on referred_user_id = above.id
      and referral.state in ('joined', 'counted', 'held')
    where depth < ${ABOVE}
  )
  select member.id as member_id, masked as email, blocked_at is not null as is_blocked
  from above join referrals.members as member using (id)
  where depth > 0
  order by depth`

const beside = ({ referrer_id, referred_id }: HeldReferral) => sql`
  select referral.id as referral_id, state, fraud_score as score, created_at,
         member.id as referred_id, masked as referred_email,
         array_remove(array[
           case when other.network = own.network then 'network' end,
           case when other.device = own.device then 'device' end,
           case when other.lookalike = own.lookalike then 'lookalike' end
         ], null) as shares
  from referrals.join_signals as own
  join referrals.join_signals as other
    on other.referrer_user_id = ${referrer_id} and other.user_id <> own.user_id
    and (other.network = own.network or other.device = own.device
      or other.lookalike = own.lookalike)
  join referrals.referrals as referral
    on referral.referrer_user_id = ${referrer_id} and referral.referred_user_id = other.user_id
  join referrals.members as member on member.id = other.user_id
  where own.user_id = ${referred_id}
  order by created_at desc, referral.id
  limit ${BESIDE}`

export const findNeighbors = async (db: Queryable, referral: HeldReferral): Promise<Neighbors> => {
  const referred_by = await db.query<Neighbors['referred_by'][number]>(above(referral.referrer_id))
  const similar = await db.query<Neighbors['similar'][number]>(beside(referral))
  return { referred_by: referred_by.rows, similar: similar.rows }
}
