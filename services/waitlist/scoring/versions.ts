// The versions of the scoring: which one holds, who made it and why.

import { type Database, type Queryable, transaction } from '@vobee/shared/data/database'
import { type Audit, logAction } from '@vobee/shared/ops/audit-trail'
import { documentedScoring, type Scoring } from './document.ts'

/** The scoring that holds, by its version; 0 is the documented one. */
export type InForce = { version: number; scoring: Scoring }

const NEWEST = `
  select version, coalesce(document, $1::jsonb) as scoring
  from (select coalesce(max(id), 0) as version from waitlist.scoring) as newest
  left join waitlist.scoring on id = version`

export const readScoring = async (db: Queryable): Promise<InForce> => {
  const { rows } = await db.query<InForce>(NEWEST, [JSON.stringify(documentedScoring)])
  return rows[0] as InForce
}

export type Version = {
  version: number
  document: Scoring
  by: string
  reason: string
  created_at: string
  /** When every entry was scored with it; null until then, and for ever when a newer one came. */
  applied_at: string | null
  /** Entries re-scored so far. */
  rescored: number
}

/** The newest versions, newest first. */
export const readVersions = async (db: Queryable, limit: number): Promise<Version[]> => {
  const { rows } = await db.query<Version>(
    `select id as version, document, by, reason, created_at, applied_at, rescored
     from waitlist.scoring order by id desc limit $1`,
    [limit],
  )
  return rows
}

export type Change = { scoring: Scoring; by: string; reason: string; audit: Audit }

const MAKE = `
  insert into waitlist.scoring (document, by, reason)
  select $1, $2, $3
  where $1::jsonb is distinct from (select scoring from (${NEWEST.replace('$1', '$4')}) as newest)
  returning id as version`

/** Makes a version that holds from now on; null when the newest says the same already. */
export const changeScoring = (db: Database, change: Change): Promise<number | null> =>
  transaction(db, async (connection) => {
    // One after the other: the newest is the one with the highest number, so it must come last.
    await connection.query(`select pg_advisory_xact_lock(hashtext('waitlist.scoring'))`)
    const { scoring, by, reason, audit } = change
    const values = [JSON.stringify(scoring), by, reason, JSON.stringify(documentedScoring)]
    const { rows } = await connection.query<{ version: number }>(MAKE, values)
    if (!rows[0]) return null
    const { version } = rows[0]
    const done = { act: 'scoring.changed', subject: String(version) }
    await logAction(connection, 'waitlist', audit, done)
    return version
  })
