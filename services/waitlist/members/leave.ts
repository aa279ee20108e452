// Removing an entry with everything that belongs to it, so that the person can join as new.
import type { Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import type { Status } from '../line/statuses.ts'
import { deleteMails } from '../mail/entry-mails.ts'

export type LockedEntry = { id: string; person: string; status: Status }

/**
 * Locks the entries of people for the transaction, and deletes their links and mails. Locks in the
 * order of confirming and crediting: links, entries, mails, credits.
 */
export const lockEntries = async (
  db: Transaction,
  people: readonly string[],
): Promise<LockedEntry[]> => {
  const found = await db.query<{ id: string }>(
    sql`select id from waitlist.entries where person = any (${people})`,
  )
  const ids = found.rows.map(({ id }) => id)
  await db.query(sql`delete from waitlist.links where entry_id = any (${ids})`)
  const { rows } = await db.query<LockedEntry>(sql`
    select id, person, status from waitlist.entries where person = any (${people})
    order by person
    for update`)
  await db.query(sql`delete from waitlist.former_codes where person = any (${people})`)
  await db.query(sql`delete from waitlist.mail_counts where entry_id = any (${ids})`)
  if (ids.length > 0) await deleteMails(db, ids)
  return rows
}

// A referral that counts no longer stays known: an event that it counted may arrive later.
const deleteEntry = (person: string) => {
  const left = { id: sql`id`, person: sql`${person}::text`, at: sql`now()` }
  return sql`
    with credits as (
      delete from waitlist.credits where person = ${person} and counts
    ), deleted as (
      delete from waitlist.entries where person = ${person} returning id, status, redeemed_at
    ), redeemed as (
      insert into waitlist.redeemed_people (person, redeemed_at)
      select ${person}, coalesce(redeemed_at, now()) from deleted where status = 'redeemed'
      on conflict do nothing
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
  const [entry] = await lockEntries(db, [person])
  if (entry && entry.status !== 'removed') await db.query(deleteEntry(person))
  return entry?.status ?? null
}
