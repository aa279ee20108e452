// Erasing the people of entries, as an admin.
import { runLong, type Transaction } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { generatePseudonym } from '@vobee/shared/privacy/erase'
import { erasePeople } from '../../members/erase.ts'

export type EraseTerms = { audit: Audit; personKey: PersonKey }

// One at a time: another erasure of the same entries then finds none.
const LOCK = `select pg_advisory_xact_lock(hashtext('waitlist.erase'))`

/** The work has to run again: somebody left or erased themselves since the entries were read. */
const goneMeanwhile = () => Object.assign(new Error('an entry is gone'), { code: '40001' })

/**
 * Erases the people of the entries whose arrivals the query `chosen` returns, as if each had erased
 * themselves, and logs an action for each. Returns how many. The reason is logged before the free
 * text is redacted: it may name a person. @throws a serialization failure if an entry is gone.
 */
export const eraseChosen = async (
  db: Transaction,
  chosen: Sql,
  { audit, personKey }: EraseTerms,
): Promise<number> => {
  await runLong(db, LOCK)
  const { rows } = await db.query<{ id: string; person: string }>(sql`
    select id, person from waitlist.entries where arrival in (${chosen}) order by person`)
  if (rows.length === 0) return 0
  const ids = rows.map(({ id }) => id)
  const actions = sql`
    select 'waitlist.erased', id, null::jsonb from unnest(${ids}::text[]) as erased (id)`
  await db.query(logActions('waitlist', audit, actions))
  const people = rows.map(({ person }) => ({ person, pseudonym: generatePseudonym() }))
  const erased = await erasePeople(db, people, personKey)
  if (erased.length < rows.length) throw goneMeanwhile()
  return erased.length
}
