// The log of scheduled runs.
import { inChunks } from '@vobee/shared/data/chunks'
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'

type Outcome = { status: 'success' | 'failed'; details: object; error?: string }

const log = (db: Queryable, action: string, { status, details, error = undefined }: Outcome) =>
  db.query(sql`
    insert into referrals.automation_logs (service, action, status, details, error_message)
    values ('referrals', ${action}, ${status}, ${details}, ${error ?? null})`)

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/**
 * Runs a job and logs the details that it returns; null: nothing happened that is worth a row.
 * @throws what the job threw, after logging it.
 */
export const logRun = async (db: Queryable, action: string, run: () => Promise<object | null>) => {
  try {
    const details = await run()
    if (details) await log(db, action, { status: 'success', details })
  } catch (error) {
    const failed = { status: 'failed', details: {}, error: messageOf(error) } as const
    await log(db, action, failed).catch(() => {})
    throw error
  }
}

const deleteOlder = (days: number) => (limit: number) =>
  sql`
  delete from referrals.automation_logs where id = any (array(
    select id from referrals.automation_logs
    where created_at < now() - make_interval(days => ${days})
    order by created_at limit ${limit}
    for update skip locked
  ))`

/** Deletes rows older than `days`; returns how many. */
export const deleteOldLogs = (db: Queryable, days: number) => inChunks(db, deleteOlder(days))
