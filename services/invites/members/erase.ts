// Erasing a person from codes: a pseudonym takes their place, uses stay counted, and a used code
// stays used. `uses` has no index for this: every redemption would pay for it.
import { type Queryable, runLong, type Transaction } from '@vobee/shared/data/database'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { type Erasure, pseudonymAddress } from '@vobee/shared/privacy/erase'
import { redactFreeText } from '@vobee/shared/privacy/redact-text'

// In the order in which confirming and redeeming lock: reservations, codes, uses. What was held for
// somebody who is no more is given back.
const RESERVATIONS = `
  with held as materialized (
    select id from invites.reservations where person = $1 and created_at < $4
    order by id
    for update
  )
  update invites.reservations as reservation
  set person = $2, email = $3,
      cancelled_at = coalesce(cancelled_at, case when confirmed_at is null and not exists (
        select from invites.uses
        where uses.code_id = reservation.code_id and uses.person = $1
      ) then now() end)
  from held where reservation.id = held.id`

const CODES = `
  with held as materialized (
    select code.id
    from invites.codes as code join invites.batches as batch on batch.id = code.batch
    where issued_person = $1 and batch.created_at < $4
    order by code.id
    for update of code
  )
  update invites.codes as code
  set issued_person = $2, issued_to = case when issued_to is not null then $3 end
  from held where code.id = held.id`

const USES = `
  update invites.uses set person = $2, email = $3 where person = $1 and used_at < $4`

const BATCHES = `
  update invites.batches
  set owner_person = case when owner_person = $1 then $2 else owner_person end,
      creator_person = case when creator_person = $1 then $2 else creator_person end,
      created_by = case when creator_person = $1 then $3 else created_by end
  where created_at < $4 and (owner_person = $1 or creator_person = $1)`

const renameWords = redactFreeText('invites', {
  batches: ['metadata', 'override_reason'],
  revocations: ['reason'],
})

export const erasePerson = async (
  db: Transaction,
  { person, pseudonym, before }: Erasure,
  personKey: PersonKey,
) => {
  const values = [person, pseudonym, pseudonymAddress(pseudonym), before]
  await runLong(db, RESERVATIONS, values)
  await runLong(db, CODES, values)
  await runLong(db, USES, values)
  await runLong(db, BATCHES, values)
  await renameWords(db, { person, pseudonym: pseudonym }, personKey)
}

/** Erases the owner of grants that were told while they were being erased. */
export const forgetOwner = (
  db: Queryable,
  { person, pseudonym }: { person: string; pseudonym: string },
) =>
  db.query('update invites.batches set owner_person = $2 where owner_person = $1', [
    person,
    pseudonym,
  ])
