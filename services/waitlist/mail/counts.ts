// How much mail waits, fails and was dead-lettered, for the status report.
import type { Database } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { MailReport } from '@vobee/shared/ops/mail-report'
import type { MailConfig } from './config.ts'
import { deadMailQueue, mailQueue } from './queue.ts'

type MailCounts = { waiting: number; failing: boolean; dead: number }

// Each part uses an index of pg-boss and skips mails that were sent: job_i6, and job_i11 in the order
// of fetching, in which failed mails come first.
const COUNTS = sql`
  with waiting as (
    select state = 'retry' or retry_count > 0 as has_failed from waitlist_jobs.job
    where name = ${mailQueue.name} and policy = 'exclusive' and state <= 'active'
    limit 100000
  ), next as (
    select state = 'retry' or retry_count > 0 as has_failed from waitlist_jobs.job
    where name = ${mailQueue.name} and state < 'active' and not blocked
    order by priority desc, created_on limit 100
  )
  select (select count(*) from waiting) as waiting,
         exists (
           select from (table waiting union all table next) as sample where has_failed
         ) as failing,
         (
           select count(*) from waitlist_jobs.job
           where name = ${deadMailQueue.name} and state < 'active' and not blocked
         ) as dead`

/** Reports how the mail is doing; `waiting` is counted up to 100,000. */
export const reportMail = async (db: Database, { smtpUrl }: MailConfig): Promise<MailReport> => {
  const { rows } = await db.query<MailCounts>(COUNTS)
  const { waiting, failing, dead } = rows[0] as MailCounts
  const state = failing ? 'failing' : 'on'
  return { state: smtpUrl ? state : 'off', waiting, dead }
}
