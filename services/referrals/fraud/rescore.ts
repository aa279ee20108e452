// Fraud scores: computed when a referral becomes known, is confirmed or converts, and when another
// referral of the same referrer changes what is known of it.
import type { Queryable } from '@vobee/shared/data/database'
import { readFacts } from './facts.ts'
import { findRelated, linkReferrers } from './related.ts'
import { scoreOf } from './score.ts'
import { storeScores } from './scores.ts'
import type { FraudWeights } from './weights.ts'

/**
 * Computes the fraud scores of referrals, and of those that they are related to. Returns the ids of
 * all referrals whose score or reasons changed: a score never falls. The caller holds
 * `lockAttribution`.
 */
export const rescore = async (
  db: Queryable,
  referrals: readonly string[],
  weights: FraudWeights,
): Promise<string[]> => {
  const fresh = await linkReferrers(db, referrals)
  const related = fresh.length > 0 ? await findRelated(db, fresh) : []
  const facts = await readFacts(db, [...new Set([...referrals, ...related])])
  const scored = facts
    .map(({ id, ...known }) => ({ id, ...scoreOf(known, weights) }))
    .filter(({ reasons }) => reasons.length > 0)
  return scored.length > 0 ? storeScores(db, scored) : []
}
