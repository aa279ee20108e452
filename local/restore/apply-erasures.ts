// Erases people again who were erased after the backup was made.
import { type ListedErasure, missingErasures } from '@vobee/database/backup/erasure-list'
import { type Database, type Transaction, transaction } from '@vobee/shared/data/database'
import { raw, sql } from '@vobee/shared/data/sql'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { generatePseudonym } from '@vobee/shared/privacy/erase'
import { sealPerson } from '@vobee/shared/privacy/erasures'
import { erasePeople } from '../../services/waitlist/members/erase.ts'

type Options = { erasures: readonly ListedErasure[]; takenAt: string; personKey: PersonKey }

// The waitlist publishes its erasures to the other services; theirs are only their own.
const eraseFrom = (
  db: Transaction,
  { service, person, erased_at }: ListedErasure,
  personKey: PersonKey,
) => {
  const erased = { person, pseudonym: generatePseudonym() }
  if (service === 'waitlist') return erasePeople(db, [erased], personKey)
  const event = JSON.stringify({ ...erased, at: new Date(erased_at).toISOString() })
  return db.query(sql`select ${raw(service)}.publish('person.erased', ${event}::jsonb)`)
}

/** Applies the erasures that the backup does not contain. Returns how many. */
export const applyErasures = async (
  db: Database,
  { erasures, takenAt, personKey }: Options,
): Promise<number> => {
  const missing = await missingErasures(db, erasures, takenAt)
  for (const erasure of missing) {
    const { service, id, erased_at, person } = erasure
    await transaction(db, async (connection) => {
      await eraseFrom(connection, erasure, personKey)
      await connection.query(sql`
        insert into ${raw(service)}.erasures (id, person, erased_at)
        values (${id}, ${sealPerson(person, personKey)}, ${erased_at})`)
    })
  }
  return missing.length
}
