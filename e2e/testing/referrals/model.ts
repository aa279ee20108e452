// The model: what follows from the facts for referrals, points and codes. Written without the code
// of the services.

import { checkAttribution } from './attribution-model.ts'
import type { Facts, Person } from './facts.ts'
import type { Observed, ReferralRow } from './observed.ts'

const FRAUD_HOLD = 60
const broken = ['self_referral', 'code_expired', 'ring']

const expectedState = (row: ReferralRow, person: Person): string => {
  if (row.reason !== null && broken.includes(row.reason)) return 'void'
  if (row.is_blocked || row.decision === 'voided') return 'void'
  if (row.fraud_score >= FRAUD_HOLD && row.decision !== 'approved') return 'held'
  return person.isConfirmed ? 'counted' : 'joined'
}

const checkStates = ({ people }: Facts, { referrals }: Observed): string[] =>
  referrals.flatMap((row) => {
    const person = people.find(({ key }) => key === row.referred)
    if (row.state === 'claimed' || !person) return []
    const state = expectedState(row, person)
    const wrong = row.state === state ? [] : [`${JSON.stringify(row)} must be ${state}`]
    if (state === 'void') return wrong
    const status = person.hasRedeemed ? 'converted' : 'pending'
    return row.status === status ? wrong : [...wrong, `${JSON.stringify(row)} must be ${status}`]
  })

// Points are those of the entry that a person has now: leaving gives them up.
const checkPoints = (facts: Facts, { referrals, entries }: Observed): string[] => {
  const stored = new Map(entries.map((entry) => [entry.person, entry]))
  const wrong: string[] = []
  for (const person of facts.people) {
    const entry = facts.entryOf(person)
    const row = stored.get(person.key)
    if (row?.code !== entry?.code) {
      wrong.push(`person ${person.who}: entry ${JSON.stringify(row)}, expected ${entry?.code}`)
    }
    if (!row || !entry) continue
    const counted = referrals.filter(
      ({ referrer, state }) => referrer === person.key && state === 'counted',
    ).length
    const mayHaveLess = person.joins.length > 1 || facts.wasErased(person.who)
    const isRight = mayHaveLess ? row.credits <= counted : row.credits === counted
    if (!isRight) wrong.push(`person ${person.who}: ${row.credits} credits, ${counted} counted`)
  }
  const expected = facts.people.filter((person) => facts.entryOf(person)).length
  if (entries.length !== expected) wrong.push(`${entries.length} entries, expected ${expected}`)
  return wrong
}

/** Compares what the services store with what follows from the facts; returns what is wrong. */
export const compare = (facts: Facts, observed: Observed): string[] => [
  ...observed.waiting.map((event) => `not delivered: ${JSON.stringify(event)}`),
  ...checkAttribution(facts, observed),
  ...checkStates(facts, observed),
  ...checkPoints(facts, observed),
  ...observed.miscounted.map((grant) => `uses: ${JSON.stringify(grant)}`),
]
