// Erasing people from the waitlist; the event makes the other services erase them too.
import type { Queryable, Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { type ErasedPerson, pseudonymizePending } from '@vobee/shared/privacy/erase'
import { recordErasures } from '@vobee/shared/privacy/erasures'
import { redactFreeText } from '@vobee/shared/privacy/redact-text'
import { lockEntries } from './leave.ts'

// A filter names a person by person key.
const redact = redactFreeText('waitlist', {
  waves: ['filter', 'reason'],
  scoring: ['reason'],
  entry_actions: ['filter', 'audit'],
})

const deletePeople = (erased: readonly ErasedPerson[]) => {
  const people = erased.map(({ person }) => person)
  const pseudonyms = erased.map(({ pseudonym }) => pseudonym)
  const event = { person: sql`person`, pseudonym: sql`pseudonym`, at: sql`now()` }
  const source = sql`unnest(${people}::text[], ${pseudonyms}::text[]) as erased (person, pseudonym)`
  return sql`
    with credits as (
      delete from waitlist.credits where person = any (${people})
    ), issued as (
      delete from waitlist.issued_mails where person = any (${people})
    ), redeemed as (
      delete from waitlist.redeemed_people where person = any (${people})
    ), deleted as (
      delete from waitlist.entries where person = any (${people}) returning id
    ), stored as (
      insert into waitlist.erased_entries (id) select id from deleted
      on conflict do nothing
    )
    ${publish('person.erased', event, source)}`
}

/** Deletes a redemption that arrived after its person was erased, unless it happened since. */
export const forgetRedemption = (db: Queryable, person: string, until: string) =>
  db.query(sql`
    delete from waitlist.redeemed_people
    where person = ${person} and redeemed_at <= ${until}::timestamptz`)

/** Erases people. Returns the ids of the entries that they had. */
export const erasePeople = async (
  db: Transaction,
  erased: readonly ErasedPerson[],
  personKey: PersonKey,
): Promise<string[]> => {
  for (const person of erased) await pseudonymizePending(db, 'waitlist', person)
  await redact(db, erased, personKey)
  const people = erased.map(({ person }) => person)
  const entries = await lockEntries(db, people)
  await db.query(deletePeople(erased))
  await recordErasures(db, 'waitlist', { people, personKey })
  return entries.map(({ id }) => id)
}
