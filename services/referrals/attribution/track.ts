// Tracking: a person names the code by which they came.
import { type Transactable, transaction } from '@vobee/shared/data/database'
import { type ReferralTerms, refreshPeople } from '../counting/refresh.ts'
import { alreadyReferred, invalidReferralCode } from '../errors.ts'
import { lockAttribution } from '../members/attribution-lock.ts'
import { findObstacles, findOwner, insertTracked } from './track-rows.ts'

export type Referral = { referral_id: string; referrer: string }

/**
 * Refers a member by a code. A member without a join counts as joined now. Claims of others lose.
 * @throws invalidReferralCode (400), alreadyReferred (409); nothing is stored then.
 */
export const track = (
  db: Transactable,
  { referred, code }: { referred: string; code: string },
  terms: ReferralTerms,
): Promise<Referral> =>
  transaction(db, async (connection) => {
    await lockAttribution(connection)
    const owner = await findOwner(connection, code)
    if (!owner) throw invalidReferralCode('There is no such referral code.')
    const { referrer, code_id } = owner
    if (referrer === referred) throw invalidReferralCode('This referral code is your own.')
    if (!owner.is_valid) throw invalidReferralCode('This referral code has expired.')
    const tracked = { referrer, referred, code_id }
    const { is_referred, closes_ring } = await findObstacles(connection, tracked)
    if (is_referred) throw alreadyReferred()
    if (closes_ring)
      throw invalidReferralCode(
        'You referred the owner of this code, directly or through others. Members cannot refer ' +
          'each other in a ring.',
      )
    const { id, person } = await insertTracked(connection, tracked)
    await refreshPeople(connection, [person], terms)
    return { referral_id: id, referrer }
  })
