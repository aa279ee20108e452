// The mail queues: mails are jobs of pg-boss, inserted in the transaction of the fact. A job names
// entries and codes, never an address: the worker composes the mails when it sends them.
import { randomUUID } from 'node:crypto'
import { type Queryable, type Transactable, transaction } from '@vobee/shared/data/database'
import type { InsertJobs, NewJob } from '@vobee/shared/data/jobs/jobs'
import { uuidOf } from '@vobee/shared/data/named-uuid'
import { sql } from '@vobee/shared/data/sql'
import { groupsOf, type MailGroup } from './groups.ts'
import type { MailJob, NewMail } from './mails.ts'

/** At most `atMost` mails of a kind to an entry; `within` is an interval of Postgres. */
export type MailLimit = { atMost: number; within: string }

const DAY = 86_400

/** Stores mails that were rejected or could not be sent. Times are in seconds. */
export const deadMailQueue = { name: 'mail-dead', retentionSeconds: 30 * DAY }

/** Single mails. `exclusive` lets one job with a singleton key wait at a time. Times are in seconds. */
export const mailQueue = {
  name: 'mail',
  policy: 'exclusive',
  deadLetter: deadMailQueue.name,
  // From the tenth retry on every 15 minutes: six days in all.
  retryLimit: 600,
  retryDelay: 2,
  retryBackoff: true,
  retryDelayMax: 900,
  expireInSeconds: 300,
  // A mail that was never tried must outlive any pause of the service.
  retentionSeconds: 365 * DAY,
  deleteAfterSeconds: 2 * DAY,
} as const

/**
 * The mails that one event causes, in groups. A queue of its own: version 0.3.0 does not know groups,
 * and a sign-in link does not wait behind them.
 */
export const mailGroupQueue = { ...mailQueue, name: 'mail-groups', expireInSeconds: 3_600 } as const

const nameOf = ({ kind, entryId, key }: NewMail) => `${kind} ${entryId} ${key ?? ''}`

/** Returns the id of a mail with a key: that of its job if it is queued singly, and of its Message-ID. */
export const mailId = (mail: NewMail): string => uuidOf(nameOf(mail))

export const jobOf = (mail: NewMail): NewJob => {
  const { kind, entryId, key, data } = mail
  return {
    id: key === undefined ? randomUUID() : mailId(mail),
    data: { kind, entry_id: entryId, ...data } satisfies MailJob,
    singletonKey: nameOf(mail),
    priority: kind === 'link' || data?.asked ? 1 : 0,
  }
}

/** Returns the job of a group. `id`: the same mails are the same job unless it is given. */
export const groupJobOf = (group: MailGroup, id?: string): NewJob => {
  const jobId = id ?? uuidOf(`${group.kind} ${JSON.stringify(group.mails)}`)
  return { id: jobId, data: group, singletonKey: jobId }
}

// Counts are locked in the order of their key.
const countMails = (mails: readonly NewMail[], { atMost, within }: MailLimit) => sql`
  insert into waitlist.mail_counts as counted (entry_id, kind, mails, since)
  select distinct entry_id, kind, 1, now()
  from unnest(${mails.map(({ entryId }) => entryId)}::uuid[], ${mails.map(({ kind }) => kind)}::text[])
    as t (entry_id, kind)
  order by entry_id, kind
  on conflict (entry_id, kind) do update set
    mails = case when counted.since <= now() - ${within}::interval then 1 else counted.mails + 1 end,
    since = case when counted.since <= now() - ${within}::interval then now() else counted.since end
  where counted.since <= now() - ${within}::interval or counted.mails < ${atMost}
  returning entry_id, kind`

/** Counts the mails and returns those within the limit. */
export const withinLimit = async (db: Queryable, mails: readonly NewMail[], limit: MailLimit) => {
  const { rows } = await db.query<{ entry_id: string; kind: string }>(countMails(mails, limit))
  const allowed = new Set(rows.map(({ entry_id, kind }) => `${kind} ${entry_id}`))
  return mails.filter(({ entryId, kind }) => allowed.has(`${kind} ${entryId}`))
}

/**
 * Queues mails in the transaction of `db`, each once; drops those over `limit`. Returns how many were
 * within it.
 * @throws unavailable (503) until pg-boss has started.
 */
export type QueueMail = (
  db: Transactable,
  mails: readonly NewMail[],
  limit?: MailLimit,
) => Promise<number>

export const openMailQueue =
  (insertJobs: InsertJobs): QueueMail =>
  async (db, mails, limit) => {
    if (mails.length === 0) return 0
    return transaction(db, async (connection) => {
      const allowed = limit ? await withinLimit(connection, mails, limit) : mails
      const { groups, singles } = groupsOf(allowed)
      const groupJobs = groups.map((group) => groupJobOf(group))
      if (singles.length > 0) await insertJobs(connection, mailQueue.name, singles.map(jobOf))
      if (groups.length > 0) await insertJobs(connection, mailGroupQueue.name, groupJobs)
      return allowed.length
    })
  }

/** Queues nothing: for a waitlist that sends no mail. */
export const noMailQueue: QueueMail = async () => 0
