import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { Alert } from './alert-rules.ts'

export type OpenAlert = Alert & { id: string; timestamp: string }

/** Returns the open alerts, critical ones first. `timestamp` is when an alert was opened. */
export const readAlerts = async (db: Queryable): Promise<OpenAlert[]> => {
  const { rows } = await db.query<OpenAlert>(sql`
    select id, severity, message, metric, value, threshold, opened_at as timestamp
    from quality_gates.alerts
    where closed_at is null
    order by severity = 'critical' desc, opened_at, metric`)
  return rows
}
