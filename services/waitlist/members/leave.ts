// Removing an entry with everything that belongs to it, so that the person can join as new.
import type { Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import type { Status } from '../line/statuses.ts'
import { deleteMails } from '../mail/entry-mails.ts'

/**
 * Locks the entry of a person for the transaction, and deletes its links and mails. Returns its
 * status; null if there is none. Locks in the order of confirming and crediting: links, entry, mails,
 * credits.
 */
export const lockEntry = async (db: Transaction, person: string): Promise<Status | null> => {
  const found = await db.query<{ id: string }>(
    sql`select id from waitlist.entries where person = ${person}`,
  )
  const ids = found.rows.map(({ id }) => id)
  await db.query(sql`delete from waitlist.links where entry_id = any (${ids})`)
  const { rows } = await db.query<{ status: Status }>(
    sql`select status from waitlist.entries where person = ${person} for update`,
  )
  await db.query(sql`delete from waitlist.mail_counts where entry_id = any (${ids})`)
  for (const id of ids) await deleteMails(db, id)
  return rows[0]?.status ?? null
}

const deleteEntry = (person: string) => {
  const left = { id: sql`id`, person: sql`${person}::text`, at: sql`now()` }
  return sql`
    with credits as (
      delete from waitlist.credits where person = ${person}
    ), deleted as (
      delete from waitlist.entries where person = ${person} returning id
    ), published as (
      ${publish('waitlist.left', { entries: [left] }, sql`deleted`)}
    )
    select count(*) from published`
}

/** Deletes the entry of a person, unless it was removed. Returns its status; null without an entry. */
export const leave = async (db: Transaction, person: string): Promise<Status | null> => {
  const { rows } = await db.query<{ status: Status }>(
    sql`select status from waitlist.entries where person = ${person}`,
  )
  if (rows[0]?.status === 'removed') return 'removed'
  const status = await lockEntry(db, person)
  if (status !== null && status !== 'removed') await db.query(deleteEntry(person))
  return status
}
