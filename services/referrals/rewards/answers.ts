// What invites answers about grants: that their codes exist, and how many it revoked of a recall.
import type { Transaction } from '@vobee/shared/data/database'
import type { Payload } from '@vobee/shared/events/catalogue'
import { lockAttribution } from '../members/attribution-lock.ts'
import { findEarners, recordMinted } from './granted-codes.ts'
import { findRecalled, recordAnswers } from './recalls.ts'
import { lockMembers, type RewardTerms, reconcileRewards } from './reconcile.ts'

/** Records that the codes of grants exist. What is too much by now can be recalled. */
export const applyMinted = async (
  db: Transaction,
  events: readonly Payload<'invites.created'>[],
  terms: RewardTerms,
): Promise<void> => {
  const grants = events.flatMap(({ grants, at }) =>
    grants.map(({ grant_id }) => ({ grant_id, at })),
  )
  if (grants.length === 0) return
  await lockAttribution(db)
  const members = await findEarners(db, grants)
  await lockMembers(db, members)
  await recordMinted(db, grants)
  await reconcileRewards(db, members, terms)
}

/** Voids what invites revoked. What is due again by now is granted. */
export const applyRecalled = async (
  db: Transaction,
  events: readonly Payload<'invites.recalled'>[],
  terms: RewardTerms,
): Promise<void> => {
  const answers = events.flatMap(({ recalls }) => recalls)
  await lockAttribution(db)
  const members = await findRecalled(db, answers)
  await lockMembers(db, members)
  await recordAnswers(db, answers)
  await reconcileRewards(db, members, terms)
}
