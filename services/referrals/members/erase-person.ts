// Erasing a person from the referrals: their member stays under a pseudonym, so that what they
// brought and were brought by keeps its shape and counts as before.
import type { Transaction } from '@vobee/shared/data/database'
import type { PersonKey } from '@vobee/shared/privacy/email'
import type { Erasure } from '@vobee/shared/privacy/erase'
import { redactFreeText } from '@vobee/shared/privacy/redact-text'

// Told again, it finds those whom something that was under way has made anew. Who has joined since
// is somebody new. Their codes end: nobody is left whom they could credit.
const ERASE = `
  with erased as (
    update referrals.members set person = $2, entry_id = null
    where person = $1 and (
      $3 = 'infinity'::timestamptz
      or (joined_at is null and known_at < $3 + interval '1 minute')
    )
    returning id
  )
  update referrals.referral_codes as code
  set is_active = false, expires_at = least(expires_at, greatest(created_at, now()))
  from erased where code.user_id = erased.id`

const TELL = `
  select waitlist.publish('person.forgotten', payload), invites.publish('person.forgotten', payload)
  from (
    select jsonb_build_object('person', $1::text, 'pseudonym', $2::text, 'at', now()) as payload
  ) as news`

const renameWords = redactFreeText('referrals', { user_rewards: ['reward_value'] })

export const erasePerson = async (
  db: Transaction,
  { person, pseudonym, before }: Erasure,
  personKey: PersonKey,
) => {
  await db.query(ERASE, [person, pseudonym, before])
  await renameWords(db, { person, pseudonym: pseudonym }, personKey)
}

/** Erases who was erased on the list, and tells that nothing of them will be told any more. */
export const forgetPerson = async (db: Transaction, erasure: Erasure, personKey: PersonKey) => {
  await erasePerson(db, erasure, personKey)
  await db.query(TELL, [erasure.person, erasure.pseudonym])
}
