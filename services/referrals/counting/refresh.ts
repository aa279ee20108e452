// What follows a change of the facts about a referral: its score, its state, and the rewards of its
// referrer. Everything that changes those facts calls `refresh` in its own transaction.
import type { Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import type { FastifyInstance } from 'fastify'
import { rescore } from '../fraud/rescore.ts'
import type { FraudWeights } from '../fraud/weights.ts'
import { type MemberOfDeps, memberIdentity } from '../members/member-of.ts'
import { type RewardTerms, reconcileRewards } from '../rewards/reconcile.ts'
import { applyPayments } from './payments.ts'
import { applyStates, type StateTerms } from './states.ts'

export type ReferralTerms = StateTerms & { weights: FraudWeights; rewards: RewardTerms }

/** Returns the referrals in which people, by person key, are the referred ones. */
const findReferrals = async (db: Transaction, people: readonly string[]): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>(sql`
    select referral.id
    from referrals.members as referred
    join referrals.referrals as referral on referral.referred_user_id = referred.id
    where referred.person = any (${people}) and referral.state <> 'claimed'`)
  return rows.map(({ id }) => id)
}

/**
 * Brings referrals, their credits and the rewards of their referrers to what the facts say. Calling
 * it again changes nothing. The caller holds `lockAttribution`.
 */
export const refresh = async (
  db: Transaction,
  referrals: readonly string[],
  terms: ReferralTerms,
): Promise<void> => {
  if (referrals.length === 0) return
  // It reads the facts (`redeemed_at`, `paid_at`): `status` and `converted_at` are derived later.
  const related = await rescore(db, referrals, terms.weights)
  const referrers = await applyStates(db, [...new Set([...referrals, ...related])], terms)
  await reconcileRewards(db, referrers, terms.rewards)
}

/** The same for the referrals of people, by person key, and for their payments. */
export const refreshPeople = async (
  db: Transaction,
  people: readonly string[],
  terms: ReferralTerms,
): Promise<void> => {
  await applyPayments(db, people)
  await refresh(db, await findReferrals(db, people), terms)
}

/** Returns the function that finds the member of a caller; see `memberIdentity`. */
export const memberOfCaller = (
  { database, log }: FastifyInstance,
  terms: ReferralTerms,
  block: MemberOfDeps['block'],
) =>
  memberIdentity({
    db: database,
    refresh: (db, people) => refreshPeople(db, people, terms),
    block,
    log,
  })
