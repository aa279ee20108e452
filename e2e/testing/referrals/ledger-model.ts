// The model of rewards: what each member should have, by the referrals that count, and what may stay
// of what they had. Written without the code of the services.
import type { Facts } from './facts.ts'
import type { Observed, ReferralRow, RewardRow } from './observed.ts'

type Threshold = { key: string; counted: number; converted?: number; amount: number }

// All referrals of a run are of today, so the quality score is 1.
const thresholds: Threshold[] = [
  { key: 'invite_codes:1', counted: 1, amount: 1 },
  { key: 'invite_codes:2', counted: 2, amount: 2 },
  { key: 'invite_codes:4', counted: 4, amount: 2 },
  { key: 'premium:3', counted: 3, amount: 1 },
  { key: 'quality_bonus', counted: 3, amount: 2 },
  { key: 'badge:referral_master', counted: 0, converted: 2, amount: 1 },
]

const targetsOf = (referrals: readonly ReferralRow[]): Map<string, number> => {
  const counted = referrals.filter(({ state }) => state === 'counted')
  const converted = counted.filter(({ status }) => status === 'converted')
  const reached = thresholds.filter(
    (one) => counted.length >= one.counted && converted.length >= (one.converted ?? 0),
  )
  return new Map([
    ...reached.map(({ key, amount }): [string, number] => [key, amount]),
    ...converted
      .filter(({ is_paid }) => is_paid)
      .map(({ id }): [string, number] => [`free_premium:${id}`, 1]),
  ])
}

const sum = (rewards: readonly RewardRow[], of: (reward: RewardRow) => number) =>
  rewards.reduce((total, reward) => total + of(reward), 0)

const isCodes = (key: string) => key.startsWith('invite_codes') || key === 'quality_bonus'

/** What of a grant cannot be taken back: used codes, and other rewards that were claimed. */
const keptOf = (reward: RewardRow) => {
  if (isCodes(reward.key)) return reward.used
  return reward.is_claimed ? reward.amount - reward.voided : 0
}

// What is too much stays only if it cannot be taken back. An erased member receives nothing more.
const checkBalance = (rewards: readonly RewardRow[], target: number, isErased: boolean) => {
  const net = sum(rewards, ({ amount, voided }) => amount - voided)
  const expected = Math.max(target, sum(rewards, keptOf))
  if (net === expected || (isErased && net < expected && net <= target)) return []
  return [`balance ${net}, target ${target}, expected ${expected}: ${JSON.stringify(rewards)}`]
}

// Each grant, its entries in the ledger, and its codes in invites agree.
const checkGrant = (reward: RewardRow, claimed: Set<string>): string[] => {
  const { amount, voided, granted, taken, claims, is_claimed, minted, live, used } = reward
  const hasEntries = granted === amount && taken === voided && claims === Number(is_claimed)
  const hasCodes = !isCodes(reward.key)
    ? minted === 0 && is_claimed === claimed.has(reward.id)
    : is_claimed && minted === amount && live + used === amount - voided
  return hasEntries && hasCodes ? [] : [`grant: ${JSON.stringify(reward)}`]
}

/** Compares the ledger and the codes with the referrals that count; returns what is wrong. */
export const checkLedger = (
  { claimed }: Facts,
  { referrals, rewards, members }: Observed,
): string[] =>
  members.flatMap(({ id, person }) => {
    const own = Map.groupBy(
      rewards.filter(({ user_id }) => user_id === id),
      ({ key }) => key,
    )
    const targets = targetsOf(referrals.filter(({ referrer }) => referrer === person))
    const isErased = person.startsWith('erased-')
    return [...new Set([...own.keys(), ...targets.keys()])]
      .flatMap((key) =>
        checkBalance(own.get(key) ?? [], targets.get(key) ?? 0, isErased).map(
          (wrong) => `${person} ${key}: ${wrong}`,
        ),
      )
      .concat([...own.values()].flat().flatMap((reward) => checkGrant(reward, claimed)))
  })
