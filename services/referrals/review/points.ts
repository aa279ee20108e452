// The points that counted referrals add to a score at the waitlist.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'

export type PointRules = { points: number; points_max: number }

/** The documented scoring, which is in use until an admin changes it (product, section 4). */
const documented: PointRules = { points: 5, points_max: 50 }

/** Stores what a scoring says of referrals, unless a newer one is known. */
export const recordPointRules = (db: Queryable, rules: Payload<'waitlist.scoring_changed'>) =>
  db.query(sql`
    insert into referrals.point_rules as known (version, points, points_max)
    values (${rules.version}, ${rules.points}, ${rules.points_max})
    on conflict (id) do update set
      version = excluded.version, points = excluded.points, points_max = excluded.points_max
    where known.version < excluded.version`)

export const readPointRules = async (db: Queryable): Promise<PointRules> => {
  const { rows } = await db.query<PointRules>(
    sql`select points, points_max from referrals.point_rules`,
  )
  return rows[0] ?? documented
}

export const pointsOf = ({ points, points_max }: PointRules, counted: number): number =>
  Math.min(points_max, points * counted)
