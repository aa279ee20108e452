// The queued and sent mails of one entry.
import { runLong, type Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'

export type EntryMail = {
  kind: string
  state: string
  queued_at: string
  ended_at: string | null
}

export const findMails = (db: Transaction, entryId: string): Promise<EntryMail[]> =>
  runLong<EntryMail>(
    db,
    sql`
      select data ->> 'kind' as kind, state::text, created_on as queued_at, completed_on as ended_at
      from waitlist_jobs.job where data ->> 'entry_id' = ${entryId} order by created_on`,
  )

export const deleteMails = (db: Transaction, entryIds: readonly string[]) =>
  runLong(db, sql`delete from waitlist_jobs.job where data ->> 'entry_id' = any (${entryIds})`)
