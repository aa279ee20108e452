// The versions of the scoring: which one is current, who created each and why.
import { type Database, type Queryable, transaction } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import { type Audit, logAction } from '@vobee/shared/ops/audit-trail'
import { documentedScoring, type Scoring } from './document.ts'

/** The newest version of the scoring; version 0 is the documented one. */
export type CurrentScoring = { version: number; scoring: Scoring }

const newest = sql`
  select version, coalesce(document, ${JSON.stringify(documentedScoring)}::jsonb) as scoring
  from (select coalesce(max(id), 0) as version from waitlist.scoring) as newest
  left join waitlist.scoring on id = version`

export const readScoring = async (db: Queryable): Promise<CurrentScoring> => {
  const { rows } = await db.query<CurrentScoring>(newest)
  return rows[0] as CurrentScoring
}

export type Version = {
  version: number
  document: Scoring
  by: string
  reason: string
  created_at: string
  /** When every entry was scored with it; null until then, and forever if a newer one came first. */
  applied_at: string | null
  /** Entries re-scored so far. */
  rescored: number
}

/** Returns the newest versions, newest first. */
export const readVersions = async (db: Queryable, limit: number): Promise<Version[]> => {
  const { rows } = await db.query<Version>(sql`
    select id as version, document, by, reason, created_at, applied_at, rescored
    from waitlist.scoring order by id desc limit ${limit}`)
  return rows
}

export type ScoringChange = { scoring: Scoring; by: string; reason: string; audit: Audit }

const published = publish(
  'waitlist.scoring_changed',
  {
    version: sql`id`,
    points: sql`document #> '{referrals,points}'`,
    points_max: sql`document #> '{referrals,points_max}'`,
  },
  sql`inserted`,
)

const insertVersion = ({ scoring, by, reason }: ScoringChange): Sql => {
  const document = JSON.stringify(scoring)
  return sql`
    with inserted as (
      insert into waitlist.scoring (document, by, reason)
      select ${document}::jsonb, ${by}, ${reason}
      where ${document}::jsonb is distinct from (select scoring from (${newest}) as newest)
      returning id, document
    ), published as (${published})
    select id as version, (select count(*) from published) as published from inserted`
}

/** Creates the version that is current from now on; null if it equals the newest. */
export const changeScoring = (db: Database, change: ScoringChange): Promise<number | null> =>
  transaction(db, async (connection) => {
    // One change at a time: the newest version is the one with the highest number.
    await connection.query(`select pg_advisory_xact_lock(hashtext('waitlist.scoring'))`)
    const { rows } = await connection.query<{ version: number }>(insertVersion(change))
    if (!rows[0]) return null
    const { version } = rows[0]
    const action = { act: 'scoring.changed', subject: String(version) }
    await logAction(connection, 'waitlist', change.audit, action)
    return version
  })
