// SQL: blocking and unblocking members.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'

// The caller holds `lockAttribution`: by the wall clock, decisions about a person have the order in
// which they were made.
const decidedAt = sql`clock_timestamp()`

const blocked = publish(
  'referrals.blocked',
  { people: [{ person: sql`person`, reason: sql`'blocked'::text` }], at: decidedAt },
  sql`changed`,
)

const unblocked = publish(
  'referrals.unblocked',
  { people: [sql`person`], at: decidedAt },
  sql`changed`,
)

/**
 * Blocks members, and publishes those who were not blocked before. From the commit on their
 * referrals are void when they are next judged, and they earn nothing.
 */
export const blockMembers = (db: Queryable, members: readonly string[], reviewId: string) =>
  db.query(sql`
    with changed as (
      update referrals.members set blocked_at = now(), block_review_id = ${reviewId}
      where id = any (${members}::uuid[]) and blocked_at is null
      returning person
    ), published as (${blocked})
    select count(*) from published`)

/** Unblocks members, and publishes those who were blocked. */
export const unblockMembers = (db: Queryable, members: readonly string[]) =>
  db.query(sql`
    with changed as (
      update referrals.members set blocked_at = null
      where id = any (${members}::uuid[]) and blocked_at is not null
      returning person
    ), published as (${unblocked})
    select count(*) from published`)
