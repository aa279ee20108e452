// The mail queue: a mail is a job of pg-boss, inserted in the transaction of the fact. A job names an
// entry and codes, never an address: the worker composes the mail when it sends it.
import { randomUUID } from 'node:crypto'
import { type Queryable, type Transactable, transaction } from '@vobee/shared/data/database'
import type { InsertJobs } from '@vobee/shared/data/jobs'
import { uuidOf } from '@vobee/shared/data/named-uuid'
import { sql } from '@vobee/shared/data/sql'

export type MailKind = 'joined' | 'joined_again' | 'invited' | 'earned' | 'moved_up' | 'link'

/** A mail to an entry. */
export type MailJob = {
  kind: MailKind
  entry_id: string
  /** For mails that bring codes. */
  codes?: string[]
  /** The recipient requested it: sent although they unsubscribed. */
  asked?: boolean
}

/** A mail to an address that an admin gave: its row in `issued_mails` is deleted when it is sent. */
export type IssuedJob = { kind: 'issued'; issued_id: string }

export type NewMail = {
  kind: MailKind
  entryId: string
  /**
   * The subject of the mail, such as a code: with a key a mail is queued once (until two days after
   * it was sent). Without one it is not queued while another of its kind waits.
   */
  key?: string
  data?: Pick<MailJob, 'codes' | 'asked'>
}

/** At most `atMost` mails of a kind to an entry; `within` is an interval of Postgres. */
export type MailLimit = { atMost: number; within: string }

const DAY = 86_400

/** Stores mails that were rejected or could not be sent. Times are in seconds. */
export const deadMailQueue = { name: 'mail-dead', retentionSeconds: 30 * DAY }

/** `exclusive` lets one job with a singleton key wait at a time. Times are in seconds. */
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

const jobOf = ({ kind, entryId, key, data }: NewMail) => {
  const name = `${kind} ${entryId} ${key ?? ''}`
  return {
    id: key === undefined ? randomUUID() : uuidOf(name),
    data: { kind, entry_id: entryId, ...data } satisfies MailJob,
    singletonKey: name,
    priority: kind === 'link' || data?.asked ? 1 : 0,
  }
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
      await insertJobs(connection, mailQueue.name, allowed.map(jobOf))
      return allowed.length
    })
  }

/** Queues nothing: for a waitlist that sends no mail. */
export const noMailQueue: QueueMail = async () => 0
