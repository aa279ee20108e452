// Erasing a person from codes: a tombstone takes their place, uses stay counted, and a used code
// stays used. `uses` has no index for this: every redemption would pay for it.
import { type Queryable, runLong, type Transaction } from '@vobee/shared/database'
import { canonicalEmail } from '@vobee/shared/email'
import { addressOf, type Erasure, mentioning, renameInAudit } from '@vobee/shared/erasing'

const ADDRESSES = `
  select email from invites.uses where person = $1
  union
  select email from invites.reservations where person = $1
  union
  select issued_to from invites.codes where issued_person = $1 and issued_to is not null
  union
  select created_by from invites.batches where creator_person = $1`

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

// Words of admins, in which somebody may be named by address.
const WORDS = [
  `update invites.batches set metadata = regexp_replace(metadata::text, $1, $2, 'gi')::jsonb
   where metadata <> '{}' and metadata::text ~* $1`,
  `update invites.batches set override_reason = regexp_replace(override_reason, $1, $2, 'gi')
   where override_reason ~* $1`,
  `update invites.revocations set reason = regexp_replace(reason, $1, $2, 'gi')
   where reason ~* $1`,
]

/** Erases who is known by the person key, and by `email` where the erasing knows it. */
export const erasePerson = async (
  db: Transaction,
  { person, tombstone, before }: Erasure,
  email?: string,
) => {
  const found = await runLong<{ email: string }>(db, ADDRESSES, [person])
  const emails = [...found.map((row) => row.email), ...(email ? [email] : [])]
  const texts = [person, ...new Set(emails.flatMap((one) => [one, canonicalEmail(one)]))]
  const values = [person, tombstone, addressOf(tombstone), before]
  await runLong(db, RESERVATIONS, values)
  await runLong(db, CODES, values)
  await runLong(db, USES, values)
  await runLong(db, BATCHES, values)
  for (const words of WORDS) await runLong(db, words, [mentioning(texts), tombstone])
  await renameInAudit(db, 'invites', { texts, tombstone })
}

/** Erases the owner of grants that were told while they were being erased. */
export const forgetOwner = (
  db: Queryable,
  { person, tombstone }: { person: string; tombstone: string },
) =>
  db.query('update invites.batches set owner_person = $2 where owner_person = $1', [
    person,
    tombstone,
  ])
