import type { Transaction } from '@vobee/shared/data/database'

export type RewardTerms = {
  /** As `maxGateAge` of shared/gate returns it. */
  maxGateAge: () => number | null
}

/**
 * Brings the rewards of members, by id, to what their referrals have earned: grants what is missing
 * and takes back what is too much. Grants nothing while the gate is closed; what is due then is
 * granted later. The caller holds `lockAttribution`, or changes no referral.
 */
export const reconcileRewards = async (
  _db: Transaction,
  _members: readonly string[],
  _terms: RewardTerms,
): Promise<void> => {}
