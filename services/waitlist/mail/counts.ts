// How much mail waits, fails and was dead-lettered, for the status report.
import type { Database } from '@vobee/shared/data/database'
import { raw, sql } from '@vobee/shared/data/sql'
import type { MailReport } from '@vobee/shared/ops/mail-report'
import type { MailConfig } from './config.ts'
import { mailsLeft } from './entry-mails.ts'
import { deadMailQueue, mailGroupQueue, mailQueue } from './queue.ts'

type MailCounts = { waiting: number; failing: boolean; dead: number }

/** Waiting mails are counted up to this number. */
const MOST = 100_000

const hasFailed = sql`state = 'retry' or retry_count > 0 or data ? 'reason'`

// Each part uses an index of pg-boss and skips mails that were sent: job_i6, and job_i11 in the order
// of fetching, in which failed mails come first.
const waitingIn = (queue: string) => sql`(
  select ${hasFailed} as has_failed, ${mailsLeft(sql`data`)} as mails from waitlist_jobs.job
  where name = ${queue} and policy = 'exclusive' and state <= 'active'
  limit ${raw(String(MOST))}
)`
const nextIn = (queue: string) => sql`(
  select ${hasFailed} as has_failed from waitlist_jobs.job
  where name = ${queue} and state < 'active' and not blocked
  order by priority desc, created_on limit 100
)`

const COUNTS = sql`
  with waiting as (
    ${waitingIn(mailQueue.name)} union all ${waitingIn(mailGroupQueue.name)}
  ), next as (
    ${nextIn(mailQueue.name)} union all ${nextIn(mailGroupQueue.name)}
  )
  select (select least(coalesce(sum(mails), 0), ${MOST}) from waiting) as waiting,
         exists (
           select from (select has_failed from waiting union all table next) as sample
           where has_failed
         ) as failing,
         (
           select coalesce(sum(${mailsLeft(sql`data`)}), 0) from waitlist_jobs.job
           where name = ${deadMailQueue.name} and state < 'active' and not blocked
         ) as dead`

/** Reports how the mail is doing; `waiting` is counted up to 100,000. */
export const reportMail = async (db: Database, { smtpUrl }: MailConfig): Promise<MailReport> => {
  const { rows } = await db.query<MailCounts>(COUNTS)
  const { waiting, failing, dead } = rows[0] as MailCounts
  const state = failing ? 'failing' : 'on'
  return { state: smtpUrl ? state : 'off', waiting, dead }
}
