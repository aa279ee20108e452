// Mails to be sent are jobs of pg-boss, put into its table by the transaction of the fact, as its
// documentation allows any SQL to. A job names an entry and a code at most, never an address.
import { createHash, randomUUID } from 'node:crypto'
import type { Database, Queryable } from '@vobee/shared/data/database'

export type MailKind = 'joined' | 'joined_again' | 'invited' | 'earned' | 'moved_up' | 'link'

export type MailJob = {
  kind: MailKind
  entry_id: string
  /** For mails that bring codes. */
  codes?: string[]
  /** The person asked for it themselves: sent although they want no more mail. */
  asked?: boolean
}

export type NewMail = {
  kind: MailKind
  entryId: string
  /**
   * What this mail is for, such as a code: with a key it is queued once for good (until two days
   * after it was sent). Without one it is not queued while another of its kind waits.
   */
  key?: string
  data?: Pick<MailJob, 'codes' | 'asked'>
}

/** At most so many mails of that kind to a person, `within` as Postgres writes an interval. */
export type MailLimit = { atMost: number; within: string }

const MAIL = 'mail'
const DEAD_MAIL = 'mail-dead'
const DAY = 86_400

/** How pg-boss keeps mails, and those that were refused or given up; in seconds. */
export const deadMail = { name: DEAD_MAIL, retentionSeconds: 30 * DAY }
export const mail = {
  name: MAIL,
  policy: 'exclusive',
  deadLetter: DEAD_MAIL,
  // From the tenth on every 15 minutes: six days in all.
  retryLimit: 600,
  retryDelay: 2,
  retryBackoff: true,
  retryDelayMax: 900,
  expireInSeconds: 300,
  // What was never tried must outlive any pause of the service.
  retentionSeconds: 365 * DAY,
  deleteAfterSeconds: 2 * DAY,
} as const

/** The same id for the same mail: of the version that is for one's own making (RFC 9562). */
const idOf = (name: string): string => {
  const hash = createHash('sha256').update(name).digest('hex')
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`]
  return [...parts, `8${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-')
}

// Without its queue a job would have no name, which is refused: rather that than no mail. `exclusive`
// lets one job of a singleton key wait at a time. Whom it is limited for are locked in the order of
// their key.
const QUEUE = `
  with asked as (
    select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::int[])
      as t (id, entry_id, kind, singleton_key, data, priority)
  ), allowed as (
    insert into waitlist.mail_counts as counted (entry_id, kind, mails, since)
    select distinct entry_id, kind, 1, now() from asked where $7::int is not null
    order by entry_id, kind
    on conflict (entry_id, kind) do update set
      mails = case when counted.since <= now() - $8::interval then 1 else counted.mails + 1 end,
      since = case when counted.since <= now() - $8::interval then now() else counted.since end
    where counted.since <= now() - $8::interval or counted.mails < $7
    returning entry_id, kind
  )
  insert into waitlist_jobs.job (
    id, name, data, singleton_key, priority, policy, dead_letter, retry_limit, retry_delay,
    retry_backoff, retry_delay_max, expire_seconds, deletion_seconds, keep_until
  )
  select asked.id, queue.name, asked.data, asked.singleton_key, asked.priority, queue.policy,
         queue.dead_letter, queue.retry_limit, queue.retry_delay, queue.retry_backoff,
         queue.retry_delay_max, queue.expire_seconds, queue.deletion_seconds,
         now() + make_interval(secs => queue.retention_seconds)
  from asked left join waitlist_jobs.queue on queue.name = '${MAIL}'
  where $7 is null or (asked.entry_id, asked.kind) in (select entry_id, kind from allowed)
  order by asked.id
  on conflict do nothing`

/**
 * Queues mails in the transaction of `db`, each once; what is over `limit` is passed over.
 * @throws when pg-boss has not made its tables yet, which it does as the service starts.
 */
export const queueMail = async (db: Queryable, mails: readonly NewMail[], limit?: MailLimit) => {
  if (mails.length === 0) return
  const names = mails.map(({ kind, entryId, key = '' }) => `${kind} ${entryId} ${key}`)
  await db.query(QUEUE, [
    mails.map(({ key }, n) => (key === undefined ? randomUUID() : idOf(names[n] as string))),
    mails.map(({ entryId }) => entryId),
    mails.map(({ kind }) => kind),
    names,
    mails.map(({ kind, entryId, data }) => JSON.stringify({ kind, entry_id: entryId, ...data })),
    mails.map(({ kind, data }) => (kind === 'link' || data?.asked ? 1 : 0)),
    limit?.atMost ?? null,
    limit?.within ?? null,
  ])
}
export type QueueMail = typeof queueMail

/** Where no mail is sent, none is queued. */
export const noMail: QueueMail = async () => {}

type Figures = { waiting: number; failing: boolean; dead: number }

// Each part goes by an index of pg-boss, past the mails that were sent: job_i6, and job_i11 in the
// order in which they are fetched, which those that failed before come first in.
const FIGURES = `
  with waiting as (
    select state = 'retry' or retry_count > 0 as has_failed from waitlist_jobs.job
    where name = '${MAIL}' and policy = 'exclusive' and state <= 'active'
    limit 100000
  ), next as (
    select state = 'retry' or retry_count > 0 as has_failed from waitlist_jobs.job
    where name = '${MAIL}' and state < 'active' and not blocked
    order by priority desc, created_on limit 100
  )
  select (select count(*) from waiting) as waiting,
         exists (
           select from (table waiting union all table next) as looked_at where has_failed
         ) as failing,
         (
           select count(*) from waitlist_jobs.job
           where name = '${DEAD_MAIL}' and state < 'active' and not blocked
         ) as dead`

// Before the first start pg-boss has no table to look into, and nothing in it.
const noneYet = (error: { code?: string }) => {
  if (error.code !== '42P01') throw error
  return { rows: [{ waiting: 0, failing: false, dead: 0 }] }
}

/** How many mails wait, counted up to 100,000; whether some failed before; how many were given up. */
export const countMail = async (db: Database): Promise<Figures> => {
  const { rows } = await db.query<Figures>(FIGURES).catch(noneYet)
  return rows[0] as Figures
}
