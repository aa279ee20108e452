// Erasing a person from the waitlist; the event makes the other services erase them too.
import type { Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { type ErasedPerson, pseudonymizePending } from '@vobee/shared/privacy/erase'
import { redactFreeText } from '@vobee/shared/privacy/redact-text'
import { lockEntry } from './leave.ts'

// A filter names a person by person key.
const redact = redactFreeText('waitlist', {
  waves: ['filter', 'reason'],
  scoring: ['reason'],
})

const deletePerson = ({ person, pseudonym }: ErasedPerson) => {
  const erased = {
    person: sql`${person}::text`,
    pseudonym: sql`${pseudonym}::text`,
    at: sql`now()`,
  }
  return sql`
    with credits as (
      delete from waitlist.credits where person = ${person}
    ), issued as (
      delete from waitlist.issued_mails where person = ${person}
    ), deleted as (
      delete from waitlist.entries where person = ${person}
    )
    ${publish('person.erased', erased, sql`(select) as one_row`)}`
}

export const erasePerson = async (
  db: Transaction,
  erased: ErasedPerson,
  personKey: PersonKey,
): Promise<void> => {
  await pseudonymizePending(db, 'waitlist', erased)
  await redact(db, erased, personKey)
  await lockEntry(db, erased.person)
  await db.query(deletePerson(erased))
}
