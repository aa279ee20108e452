import type { Queryable } from '@vobee/shared/data/database'

/**
 * Computes the fraud scores of referrals, and of those that they are related to. Returns the ids of
 * all referrals whose score changed. The caller holds `lockAttribution`.
 */
export const rescore = async (
  _db: Queryable,
  _referrals: readonly string[],
): Promise<string[]> => []
