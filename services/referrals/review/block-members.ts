// SQL: members whom a reviewer blocks or unblocks.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'

const published = publish(
  'referrals.blocked',
  { people: [{ person: sql`person`, reason: sql`'blocked'::text` }], at: sql`now()` },
  sql`changed`,
)

/**
 * Blocks members, and publishes those who were not blocked before. From the commit on their
 * referrals are void when they are next judged, and they earn nothing.
 */
export const blockMembers = (db: Queryable, members: readonly string[]) =>
  db.query(sql`
    with changed as (
      update referrals.members set blocked_at = now()
      where id = any (${members}::uuid[]) and blocked_at is null
      returning person
    ), published as (${published})
    select count(*) from published`)

export const unblockMembers = (db: Queryable, members: readonly string[]) =>
  db.query(sql`
    update referrals.members set blocked_at = null
    where id = any (${members}::uuid[]) and blocked_at is not null`)
