import type { Queryable } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'
import { z } from 'zod'

const uuid = z.guid()

const byUuid = (id: string) => sql`
  select id from (
    select id, 1 as preference from referrals.members where id = ${id}::uuid
    union all
    select id, 2 from referrals.members where entry_id = ${id}::uuid
    union all
    select id, 3 from referrals.members where host_user_id = ${id}
  ) as found
  order by preference
  limit 1`

const byHostUserId = (id: string) => sql`
  select id from referrals.members where host_user_id = ${id}`

/**
 * Returns the id of the member with this id: `members.id`, the id of the waitlist's entry, or the
 * id of a user of the host. Null if there is none.
 */
export const findMember = async (db: Queryable, id: string): Promise<string | null> => {
  const statement = uuid.safeParse(id).success
    ? prepared('member-by-uuid', byUuid(id))
    : prepared('member-by-host-user', byHostUserId(id))
  const { rows } = await db.query<{ id: string }>(statement)
  return rows[0]?.id ?? null
}
