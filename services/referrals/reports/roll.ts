import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'

const CHUNK = 1_000

/** Removes the days that have left a period from the sums of referrers. */
export const rollReferrers = async (db: Queryable): Promise<void> => {
  for (let rolled = CHUNK; rolled === CHUNK; ) {
    const { rows } = await db.query(sql`select referrals.roll_referrers(${CHUNK}) as n`)
    rolled = rows[0].n
  }
}
