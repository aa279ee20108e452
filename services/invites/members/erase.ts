// Erasing a person: a pseudonym replaces them, and counts and statuses stay. `uses` has no index for
// this, because every redemption would pay for it.
import { type Queryable, runLong, type Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { PersonKey } from '@vobee/shared/privacy/email'
import {
  type ErasedPerson,
  type Erasure,
  generatePseudonym,
  pseudonymAddress,
} from '@vobee/shared/privacy/erase'
import { redactFreeText } from '@vobee/shared/privacy/redact-text'

// Reservations that are not redeemed are cancelled, which releases their uses.
const eraseFromReservations = ({ person, pseudonym, before }: Erasure) => sql`
  with locked as materialized (
    select id from invites.reservations where person = ${person} and created_at < ${before}
    order by id
    for update
  )
  update invites.reservations as reservation
  set person = ${pseudonym}, email = ${pseudonymAddress(pseudonym)},
      cancelled_at = coalesce(cancelled_at, case when confirmed_at is null and not exists (
        select from invites.uses
        where uses.code_id = reservation.code_id and uses.person = ${person}
      ) then now() end)
  from locked where reservation.id = locked.id`

const eraseFromCodes = ({ person, pseudonym, before }: Erasure) => sql`
  with locked as materialized (
    select code.id
    from invites.codes as code join invites.batches as batch on batch.id = code.batch
    where issued_person = ${person} and batch.created_at < ${before}
    order by code.id
    for update of code
  )
  update invites.codes as code
  set issued_person = ${pseudonym}, entry_id = null, issued_masked = null,
      issued_to = case when issued_to is not null then ${pseudonymAddress(pseudonym)} end
  from locked where code.id = locked.id`

const eraseFromUses = ({ person, pseudonym, before }: Erasure) => sql`
  update invites.uses set person = ${pseudonym}, email = ${pseudonymAddress(pseudonym)}
  where person = ${person} and used_at < ${before}`

// Version 0.2.0, which may still run, accepts an address in the name of a batch. The name is unique,
// so no pseudonym can replace the address in it.
const renameBatches = sql`
  update invites.batches set batch_id = 'redacted-' || id where batch_id ~ '\\S@\\S'`

// `creator_person` is set by versions that accepted an address as `created_by`.
const eraseFromBatches = ({ person, pseudonym, before }: Erasure) => sql`
  update invites.batches
  set owner_person = case when owner_person = ${person} then ${pseudonym} else owner_person end,
      owner_masked = case when owner_person <> ${person} then owner_masked end,
      creator_person =
        case when creator_person = ${person} then ${pseudonym} else creator_person end,
      created_by =
        case when creator_person = ${person} then ${pseudonymAddress(pseudonym)} else created_by end
  where created_at < ${before} and (owner_person = ${person} or creator_person = ${person})`

const eraseFromBlocks = ({ person, pseudonym, before }: Erasure) => sql`
  update invites.blocks set person = ${pseudonym}
  where person = ${person} and decided_at < ${before}`

const redactNames = redactFreeText('invites', {
  batches: ['created_by', 'metadata', 'override_reason'],
  revocations: ['reason'],
})

/** Erases a person, in the order in which confirming and redeeming lock rows. */
export const erasePerson = async (db: Transaction, erasure: Erasure, personKey: PersonKey) => {
  await runLong(db, eraseFromReservations(erasure))
  await runLong(db, eraseFromCodes(erasure))
  await runLong(db, eraseFromUses(erasure))
  await runLong(db, eraseFromBatches(erasure))
  await runLong(db, renameBatches)
  await db.query(eraseFromBlocks(erasure))
  await redactNames(db, erasure, personKey)
}

/** Replaces the person in grants and blocks that were published while they were erased. */
export const pseudonymizeForgotten = async (db: Queryable, erased: ErasedPerson) => {
  const { person, pseudonym } = erased
  await db.query(
    sql`
      update invites.batches set owner_person = ${pseudonym}, owner_masked = null
      where owner_person = ${person}`,
  )
  // The pseudonym may stand there already: a person has one row.
  const other = { person, pseudonym: generatePseudonym(), before: 'infinity' }
  await db.query(eraseFromBlocks(other))
}
