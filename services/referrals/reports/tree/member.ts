import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'

export type TreeMember = { userId: string; email: string | null; referrerUserId: string | null }

/** Returns the member at the root of a tree, and the member who referred them. */
export const readMember = async (db: Queryable, id: string): Promise<TreeMember> => {
  const { rows } = await db.query<TreeMember>(sql`
    select id as "userId", masked as email, (
             select referrer_user_id from referrals.referrals
             where referred_user_id = ${id} and state in ('joined', 'counted', 'held')
           ) as "referrerUserId"
    from referrals.members where id = ${id}`)
  return rows[0] as TreeMember
}
