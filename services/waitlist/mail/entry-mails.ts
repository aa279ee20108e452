// The queued and sent mails of one entry.
import { runLong, type Transaction } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'

export type EntryMail = {
  kind: string
  state: string
  queued_at: string
  ended_at: string | null
}

const hasTable = async (db: Transaction) => {
  const text = `select to_regclass('waitlist_jobs.job') is not null as exists`
  return (await db.query<{ exists: boolean }>(text)).rows[0]?.exists
}

/** Runs on the table of pg-boss, which exists once the service has served. */
const onJobs = async <Row extends object>(db: Transaction, statement: Sql): Promise<Row[]> =>
  (await hasTable(db)) ? runLong<Row>(db, statement) : []

export const findMails = (db: Transaction, entryId: string): Promise<EntryMail[]> =>
  onJobs(
    db,
    sql`
      select data ->> 'kind' as kind, state::text, created_on as queued_at, completed_on as ended_at
      from waitlist_jobs.job where data ->> 'entry_id' = ${entryId} order by created_on`,
  )

export const deleteMails = (db: Transaction, entryId: string) =>
  onJobs(db, sql`delete from waitlist_jobs.job where data ->> 'entry_id' = ${entryId}`)
