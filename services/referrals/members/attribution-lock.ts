import type { Queryable } from '@vobee/shared/data/database'

/**
 * Lets one transaction among all replicas change members and their referrals, until it ends. Two
 * that do not see each other's referral could close a ring together.
 */
export const lockAttribution = (db: Queryable) =>
  db.query(`select pg_advisory_xact_lock(hashtextextended('referrals: attribution', 0))`)
