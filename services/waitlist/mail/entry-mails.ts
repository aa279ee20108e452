// What is queued, and was sent, for one entry.
import { runLong, type Transaction } from '@vobee/shared/data/database'

export type EntryMail = {
  kind: string
  state: string
  queued_at: string
  ended_at: string | null
}

const MADE = `select to_regclass('waitlist_jobs.job') is not null as made`

const MAILS = `
  select data ->> 'kind' as kind, state::text, created_on as queued_at, completed_on as ended_at
  from waitlist_jobs.job where data ->> 'entry_id' = $1 order by created_on`

const FORGET = `delete from waitlist_jobs.job where data ->> 'entry_id' = $1`

/** Runs on pg-boss' table, which it makes when the service first serves: before that, nothing. */
const onJobs = async <Row extends object>(db: Transaction, text: string, entryId: string) => {
  const { rows } = await db.query<{ made: boolean }>(MADE)
  return rows[0]?.made ? runLong<Row>(db, text, [entryId]) : []
}

export const findMails = (db: Transaction, entryId: string): Promise<EntryMail[]> =>
  onJobs<EntryMail>(db, MAILS, entryId)

export const forgetMails = (db: Transaction, entryId: string) => onJobs(db, FORGET, entryId)
