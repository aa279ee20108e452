// Taking somebody off the list with all that is kept of them, so that they may join as new: when
// they leave, and when they are erased.
import type { Transaction } from '@vobee/shared/data/database'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { pseudonymizePending } from '@vobee/shared/privacy/erase'
import { redactFreeText } from '@vobee/shared/privacy/redact-text'
import type { Status } from '../line/statuses.ts'
import { forgetMails } from '../mail/entry-mails.ts'

const FIND = 'select id from waitlist.entries where person = $1'

/**
 * Locks the entry of a person, for whom the rest of the transaction takes it off; null when there is
 * none. In the order in which confirming and crediting lock: links, the entry, its mails, credits.
 */
const takeOff = async (db: Transaction, person: string): Promise<Status | null> => {
  const found = await db.query<{ id: string }>(FIND, [person])
  const ids = found.rows.map(({ id }) => id)
  await db.query('delete from waitlist.links where entry_id = any ($1)', [ids])
  const { rows } = await db.query<{ status: Status }>(
    'select status from waitlist.entries where person = $1 for update',
    [person],
  )
  await db.query('delete from waitlist.mail_counts where entry_id = any ($1)', [ids])
  for (const id of ids) await forgetMails(db, id)
  return rows[0]?.status ?? null
}

const LEAVE = `
  with credits as (
    delete from waitlist.credits where person = $1
  ), gone as (
    delete from waitlist.entries where person = $1 returning id
  ), told as (
    select referrals.publish('waitlist.left', payload)
    from (
      select jsonb_build_object('entries', jsonb_agg(
        jsonb_build_object('id', id, 'person', $1::text, 'at', now())
      )) as payload
      from gone having count(*) > 0
    ) as news
  )
  select count(*) from told`

/** Takes off the list who leaves it; who was removed stays so. Gives what they were. */
export const leave = async (db: Transaction, person: string): Promise<Status | null> => {
  const { rows } = await db.query<{ status: Status }>(
    'select status from waitlist.entries where person = $1',
    [person],
  )
  if (rows[0]?.status === 'removed') return 'removed'
  const status = await takeOff(db, person)
  if (status !== null && status !== 'removed') await db.query(LEAVE, [person])
  return status
}

// Filters name by person key.
const renameWords = redactFreeText('waitlist', {
  waves: ['filter', 'reason'],
  scoring: ['reason'],
})

const ERASE = `
  with credits as (
    delete from waitlist.credits where person = $1
  ), gone as (
    delete from waitlist.entries where person = $1
  )
  select invites.publish('person.erased', payload), referrals.publish('person.erased', payload),
         quality_gates.publish('person.erased', payload)
  from (
    select jsonb_build_object('person', $1::text, 'pseudonym', $2::text, 'at', now()) as payload
  ) as news`

/** Erases a person, and tells everybody to. */
export const erasePerson = async (
  db: Transaction,
  { person, pseudonym }: { person: string; pseudonym: string },
  personKey: PersonKey,
) => {
  await pseudonymizePending(db, 'waitlist', { person, pseudonym: pseudonym })
  await renameWords(db, { person, pseudonym: pseudonym }, personKey)
  await takeOff(db, person)
  await db.query(ERASE, [person, pseudonym])
}
