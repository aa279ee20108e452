// The queued and sent mails of entries, and the progress of groups: SQL on the jobs.
import { type Queryable, runLong, type Transaction } from '@vobee/shared/data/database'
import { prepared, type Sql, sql } from '@vobee/shared/data/sql'
import { mailGroupQueue, mailQueue } from './queue.ts'

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
      select data ->> 'kind' as kind,
             case when data -> 'sent' ? ${entryId} then 'completed' else state::text end as state,
             created_on as queued_at, completed_on as ended_at
      from waitlist_jobs.job
      where data ->> 'entry_id' = ${entryId} or data -> 'mails' ? ${entryId}
      order by created_on`,
  )

/** Deletes the mails of entries; from a group with others only theirs. */
export const deleteMails = (db: Transaction, entryIds: readonly string[]) =>
  runLong(
    db,
    sql`
      with deleted as (
        delete from waitlist_jobs.job
        where data ->> 'entry_id' = any (${entryIds})
          or (data -> 'mails' ?| ${entryIds} and (data -> 'mails') - ${entryIds}::text[] = '{}')
      )
      update waitlist_jobs.job
      set data = data
        || jsonb_build_object('mails', (data -> 'mails') - ${entryIds}::text[])
        || case when data ? 'sent'
             then jsonb_build_object('sent', (data -> 'sent') - ${entryIds}::text[]) else '{}' end
      where data -> 'mails' ?| ${entryIds} and (data -> 'mails') - ${entryIds}::text[] <> '{}'`,
  )

/** SQL: how many mails of a job with these data were not sent yet. */
export const mailsLeft = (data: Sql): Sql => sql`
  case when ${data} ? 'mails'
    then (select count(*) from jsonb_object_keys(${data} -> 'mails'))
      - coalesce(jsonb_array_length(${data} -> 'sent'), 0)
    else 1 end`

export type GroupProgress = { id: string; entry_ids: string[] }

/**
 * Records entries of groups whose mail was sent, or is no longer in the group. Returns those that were
 * in the group: not entries that were erased meanwhile, which it must not name again.
 */
export const recordSent = async (db: Queryable, progress: readonly GroupProgress[]) => {
  const { rows } = await db.query<{ entry_id: string }>(
    prepared(
      'record-sent-mails',
      sql`
        with recorded as materialized (
          select id, entry_ids from json_to_recordset(${JSON.stringify(progress)})
            as t (id uuid, entry_ids jsonb)
        ), changed as (
          update waitlist_jobs.job as job
          set data = jsonb_set(job.data, '{sent}', coalesce(job.data -> 'sent', '[]') || (
            select coalesce(jsonb_agg(entry_id), '[]')
            from jsonb_array_elements(recorded.entry_ids) as entry_id
            where job.data -> 'mails' ? (entry_id #>> '{}')
          ))
          from recorded
          where job.name in (${mailGroupQueue.name}, ${mailQueue.name}) and job.id = recorded.id
          returning job.data -> 'mails' as mails, recorded.entry_ids
        )
        select entry_id
        from changed cross join jsonb_array_elements_text(changed.entry_ids) as entry_id
        where changed.mails ? entry_id`,
    ),
  )
  return new Set(rows.map(({ entry_id }) => entry_id))
}
