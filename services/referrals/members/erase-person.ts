// Erasing a person: their member row stays under a pseudonym, so referrals keep their shape and
// their counts.
import type { Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import type { PersonKey } from '@vobee/shared/privacy/email'
import type { ErasedPerson, Erasure } from '@vobee/shared/privacy/erase'
import { redactFreeText } from '@vobee/shared/privacy/redact-text'

// The second pass finds a row that a transaction in progress inserted meanwhile, but not that of a
// person who joined again. The codes end, because there is no member left to credit.
const pseudonymizeMember = ({ person, pseudonym, before }: Erasure) => sql`
  with erased as (
    update referrals.members
    set person = ${pseudonym}, entry_id = null, host_user_id = null, masked = null
    where person = ${person} and (
      ${before} = 'infinity'::timestamptz
      or (joined_at is null and known_at < ${before}::timestamptz + interval '1 minute')
    )
    returning id
  ), forgotten as (
    delete from referrals.join_signals as signals using erased where signals.user_id = erased.id
  )
  update referrals.referral_codes as code
  set is_active = false, expires_at = least(expires_at, greatest(created_at, now()))
  from erased where code.user_id = erased.id`

// A payment that begins after the first pass is of a person who is new here.
const deletePayment = ({ person, before }: Erasure) => sql`
  delete from referrals.payments
  where person = ${person} and (
    ${before} = 'infinity'::timestamptz or recorded_at < ${before}::timestamptz
  )`

const redact = redactFreeText('referrals', {
  user_rewards: ['reward_value'],
  reviews: ['reason'],
})

export const erasePerson = async (db: Transaction, erasure: Erasure, personKey: PersonKey) => {
  await db.query(pseudonymizeMember(erasure))
  await db.query(deletePayment(erasure))
  await redact(db, erasure, personKey)
}

/** Publishes that no event of referrals names the person from here on. */
export const publishForgotten = (db: Transaction, { person, pseudonym }: ErasedPerson) =>
  db.query(
    publish(
      'person.forgotten',
      { person: sql`${person}::text`, pseudonym: sql`${pseudonym}::text`, at: sql`now()` },
      sql`(values (1)) as erasure`,
    ),
  )
