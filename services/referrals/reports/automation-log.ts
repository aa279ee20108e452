// The log of scheduled runs.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'

type Outcome = { status: 'success' | 'failed'; details: object; error?: string }

const log = (db: Queryable, action: string, { status, details, error = undefined }: Outcome) =>
  db.query(sql`
    insert into referrals.automation_logs (service, action, status, details, error_message)
    values ('referrals', ${action}, ${status}, ${details}, ${error ?? null})`)

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** Runs a job and logs how many rows it changed. @throws what the job threw, after logging it. */
export const logRun = async (db: Queryable, action: string, run: () => Promise<number>) => {
  try {
    const count = await run()
    await log(db, action, { status: 'success', details: { count } })
  } catch (error) {
    const failed = { status: 'failed', details: {}, error: messageOf(error) } as const
    await log(db, action, failed).catch(() => {})
    throw error
  }
}
