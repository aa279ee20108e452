// How long the audit log is stored.
import { type Database, transaction } from '../data/database.ts'
import { raw, sql } from '../data/sql.ts'
import type { Service } from '../events/catalogue.ts'

const CHUNK = 5_000

const deleteOlder = (service: Service, days: number, chunk: number) => sql`
  delete from ${raw(service)}.audit where id = any (array(
    select id from ${raw(service)}.audit
    where at < now() - make_interval(days => ${days})
    order by at limit ${chunk}
    for update skip locked
  ))`

// The trigger of the log rejects other deletions (data/migrations/007_audit_retention.sql).
const allow = `select set_config('vobee.retention', 'on', true)`

/** Deletes the rows older than `days` (null: none), each chunk in a transaction; returns how many. */
export const deleteOldAudit = async (
  db: Database,
  service: Service,
  { days, chunk = CHUNK }: { days: number | null; chunk?: number },
): Promise<number> => {
  let total = 0
  if (days === null) return total
  for (let deleted = chunk; deleted === chunk; total += deleted) {
    deleted = await transaction(db, async (connection) => {
      await connection.query(allow)
      return (await connection.query(deleteOlder(service, days, chunk))).rowCount ?? 0
    })
  }
  return total
}
