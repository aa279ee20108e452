// The model of attribution: which referrals the facts allow, and which they forbid.
import { type Facts, isBefore, type Join, type Person, type Span, type Tracked } from './facts.ts'
import type { Observed, ReferralRow } from './observed.ts'

/** Who referred a person: their possible person keys; null for nobody. */
type Origin = { by: string[] | null; reasons: (string | null)[] }

/** A referral that broke one of these rules never counts. */
export const broken = ['self_referral', 'code_expired', 'ring']

const nobody: Origin = { by: null, reasons: [] }
/** A person who was erased without having joined has a pseudonym that no event names. */
const UNKNOWN = 'erased-'

const keysOf = ({ people }: Facts, who: number): string[] => {
  const same = people.filter((person) => person.who === who)
  return [...same.map(({ key }) => key), ...(same.some(({ erased }) => erased) ? [UNKNOWN] : [])]
}

// A code ends when its owner leaves. If its join arrives after several leaves, it ends at the last one.
// The code of an erased owner ends when referrals consumes the erasure.
const reasonsAt = (span: Span, owner: Person, owned: Join): (string | null)[] => {
  const leaves = owner.joins.slice(owner.joins.indexOf(owned)).map(({ left }) => left)
  const known = leaves.filter((left) => left !== null)
  if (owned.left && known.every((left) => isBefore(left, span))) return ['code_expired']
  const ends = owner.erased ? [...known, owner.erased] : known
  return ends.every((end) => isBefore(span, end)) ? [null] : [null, 'code_expired']
}

const byCode = ({ people }: Facts, person: Person, join: Join): Origin => {
  const owner = people.find(({ joins }) => joins.some(({ code }) => code === join.brought))
  const owned = owner?.joins.find(({ code }) => code === join.brought)
  if (!owner || !owned) return nobody
  if (owner === person) return { by: [owner.key], reasons: ['self_referral'] }
  return { by: [owner.key], reasons: reasonsAt(join, owner, owned) }
}

// The earliest claim decides. An erasure that is not consumed yet takes new claims with it.
const byClaims = (facts: Facts, person: Person, join: Join): Origin[] => {
  const claims = facts.shares.filter(({ to }) => to.who === person.who)
  if (facts.wasErased(person.who)) {
    return [nobody, ...claims.map(({ by }) => ({ by: keysOf(facts, by), reasons: [null] }))]
  }
  const [first] = claims.filter((claim) => isBefore(claim, join))
  return first ? [{ by: keysOf(facts, first.by), reasons: [null] }] : [nobody]
}

const originsOf = (facts: Facts, person: Person): Origin[] =>
  person.joins.flatMap((join) =>
    join.brought ? [byCode(facts, person, join)] : byClaims(facts, person, join),
  )

const matches = (row: ReferralRow, { by, reasons }: Origin) =>
  (by?.some((key) => (key === UNKNOWN ? row.referrer.startsWith(UNKNOWN) : key === row.referrer)) ??
    false) &&
  // A ring is checked by itself; what a reviewer does can void any referral.
  (['ring', 'blocked', 'fraud'].includes(row.reason ?? '')
    ? reasons.includes(null)
    : reasons.includes(row.reason))

const isActive = ({ state }: ReferralRow) => ['joined', 'counted', 'held'].includes(state)

/** Whether a walk up from the referrer of a referral reaches the person whom it referred. */
const closesRing = (start: ReferralRow, rows: readonly ReferralRow[]): boolean => {
  const reached = new Set<string>()
  const walk = (person: string): boolean => {
    if (person === start.referred) return true
    if (reached.has(person)) return false
    reached.add(person)
    return rows.filter(({ referred }) => referred === person).some(({ referrer }) => walk(referrer))
  }
  return walk(start.referrer)
}

// A tracked code decides, unless a join decided before; one that broke a rule decides nothing. A leave
// that was not known yet may have ended the code.
const checkTracked = (
  { people }: Facts,
  { id, code, span }: Tracked,
  rows: readonly ReferralRow[],
): string[] => {
  const owner = people.find(({ joins }) => joins.some((join) => join.code === code))
  const owned = owner?.joins.find((join) => join.code === code)
  const tracked = rows.find((row) => row.id === id)
  const others = rows.filter((row) => row !== tracked)
  const mayHaveEnded = owned?.left && !isBefore(span, owned.left)
  const isRight =
    tracked?.referrer === owner?.key &&
    (!broken.includes(tracked?.reason ?? '') ||
      (tracked?.reason === 'code_expired' && mayHaveEnded)) &&
    others.every(({ reason }) => broken.includes(reason ?? ''))
  return isRight ? [] : [`tracked ${code}: ${JSON.stringify(rows)}`]
}

/** Compares the referrals with the facts; returns what is wrong. */
export const checkAttribution = (facts: Facts, { referrals }: Observed): string[] => {
  const wrong: string[] = []
  const attributed = referrals.filter(({ state }) => state !== 'claimed')
  for (const person of facts.people) {
    const rows = attributed.filter(({ referred }) => referred === person.key)
    const { tracked } = person
    if (tracked) {
      wrong.push(...checkTracked(facts, tracked, rows))
      continue
    }
    const origins = originsOf(facts, person)
    const name = `person ${person.who} (${person.key})`
    if (rows.length > 1) wrong.push(`${name} has ${rows.length} referrals`)
    if (rows.length === 0 && origins.length > 0 && origins.every(({ by }) => by !== null)) {
      wrong.push(`${name} was referred by ${JSON.stringify(origins)}, and has no referral`)
    }
    for (const row of rows) {
      if (!origins.some((origin) => matches(row, origin))) {
        wrong.push(`${name}: ${JSON.stringify(row)} instead of ${JSON.stringify(origins)}`)
      }
    }
  }
  const linked = attributed.filter(({ reason }) => reason !== 'code_expired')
  for (const row of linked) {
    if (
      row.reason === 'ring' &&
      !closesRing(
        row,
        linked.filter((other) => other !== row),
      )
    ) {
      wrong.push(`no ring: ${JSON.stringify(row)}`)
    }
    if (isActive(row) && closesRing(row, linked.filter(isActive))) {
      wrong.push(`a ring that counts: ${JSON.stringify(row)}`)
    }
  }
  const ids = new Set(referrals.map(({ id }) => id))
  for (const { id, by, to } of facts.shares) {
    if (!ids.has(id)) wrong.push(`the share of ${by} with ${to.who} is lost`)
  }
  return wrong
}
