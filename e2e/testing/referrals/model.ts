// The model: what follows from the facts for referrals, points and codes. Written without the code
// of the services.

import { broken, checkAttribution } from './attribution-model.ts'
import type { Facts, Person } from './facts.ts'
import { checkLedger } from './ledger-model.ts'
import type { Observed, ReferralRow } from './observed.ts'

const FRAUD_HOLD = 60

const expectedState = (row: ReferralRow, person: Person): string => {
  if (row.reason !== null && broken.includes(row.reason)) return 'void'
  if (row.is_blocked || row.decision === 'voided') return 'void'
  if (row.fraud_score >= FRAUD_HOLD && row.decision !== 'approved') return 'held'
  return person.isConfirmed ? 'counted' : 'joined'
}

const checkStates = ({ people, decisions, blocked }: Facts, { referrals }: Observed): string[] =>
  referrals.flatMap((row) => {
    const person = people.find(({ key }) => key === row.referred)
    if (row.state === 'claimed' || !person) return []
    const state = expectedState(row, person)
    const wrong = row.state === state ? [] : [`${JSON.stringify(row)} must be ${state}`]
    const decision = decisions.get(row.id) ?? null
    if (row.decision !== decision) wrong.push(`${JSON.stringify(row)} was ${decision}`)
    if (row.is_blocked !== blocked.has(row.referrer_id)) wrong.push(`block: ${JSON.stringify(row)}`)
    if (state === 'void') return wrong
    // An erasure deletes a payment that is not applied to a referral yet.
    const hasPaid = person.erased ? row.is_paid : person.hasPaid
    if (row.is_paid !== hasPaid) wrong.push(`payment: ${JSON.stringify(row)}`)
    const status = person.hasRedeemed || hasPaid ? 'converted' : 'pending'
    return row.status === status ? wrong : [...wrong, `${JSON.stringify(row)} must be ${status}`]
  })

const devicesOf = (people: readonly Person[]) =>
  new Set(people.flatMap(({ joins }) => joins.flatMap(({ device }) => device ?? [])))

const isSurelyFrom = (device: string) => (person: Person | undefined) =>
  person?.joins.length === 1 && !person.erased && person.joins[0]?.device === device

/** From so many others of the same referrer on the same device on, a referral is held. */
const TOGETHER = 3

// Signals are erased with a person, and scores stay: what must be held is less than what may be.
const checkScores = ({ people }: Facts, { referrals }: Observed): string[] => {
  const personOf = (key: string) => people.find((person) => person.key === key)
  const attributed = referrals.filter(
    ({ state, reason }) => state !== 'claimed' && !broken.includes(reason ?? ''),
  )
  return attributed.flatMap((row) => {
    const person = personOf(row.referred)
    if (!person) return []
    const who = personOf(row.referrer)?.who
    const theirs = people.filter((other) => other.who === who)
    const others = attributed
      .filter((other) => other.referrer === row.referrer && other !== row)
      .map(({ referred }) => personOf(referred))
    const countAlike = (device: string) =>
      others.filter((other) => other && devicesOf([other]).has(device)).length
    const mayBeHeld = [...devicesOf([person])].some(
      (device) => devicesOf(theirs).has(device) || countAlike(device) >= TOGETHER,
    )
    const isFrom = isSurelyFrom(person.joins[0]?.device ?? '')
    const mustBeHeld =
      isFrom(person) && (theirs.some(isFrom) || others.filter(isFrom).length >= TOGETHER)
    const isHigh = row.fraud_score >= FRAUD_HOLD
    if (isHigh && !mayBeHeld) return [`score: ${JSON.stringify(row)} is too high`]
    if (!isHigh && mustBeHeld && row.decision === null) {
      return [`score: ${JSON.stringify(row)} is too low`]
    }
    return []
  })
}

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

// The fraud rate is a quotient of these two.
const checkStandings = ({ referrals, standings }: Observed): string[] => {
  const suspect = referrals.filter(({ standing }) => standing === 'suspect').length
  const clean = referrals.filter(({ standing }) => standing === 'clean').length
  const isRight = standings.attributed === clean + suspect && standings.suspect === suspect
  return isRight ? [] : [`counts of quality-gates: ${JSON.stringify(standings)}`]
}

/** Compares what the services store with what follows from the facts; returns what is wrong. */
export const compare = (facts: Facts, observed: Observed): string[] => [
  ...observed.waiting.map((event) => `not delivered: ${JSON.stringify(event)}`),
  ...checkAttribution(facts, observed),
  ...checkStates(facts, observed),
  ...checkScores(facts, observed),
  ...checkPoints(facts, observed),
  ...checkLedger(facts, observed),
  ...checkStandings(observed),
  ...observed.miscounted.map((grant) => `uses: ${JSON.stringify(grant)}`),
]
