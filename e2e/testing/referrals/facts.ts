// What the services answered in a run: the facts from which the model follows. A person who is
// erased and comes back is another person of the same address.
import { personKeys } from '@vobee/shared/privacy/email'
import { PERSON_KEY_SECRET } from '@vobee/testing/settings'

/** The order of facts: two overlap if they ran at once. */
export type Span = { begun: number; ended: number }
export type Join = Span & {
  code: string
  brought: string | null
  device: string | null
  left: Span | null
}
export type Tracked = { id: string; code: string; span: Span }
export type Share = Span & { by: number; to: Person; id: string }

export type Person = {
  who: number
  /** The person key; the pseudonym once the person is erased. */
  key: string
  joins: Join[]
  /** The referral of the code that the person named as a user of the host. */
  tracked: Tracked | null
  isConfirmed: boolean
  hasRedeemed: boolean
  hasPaid: boolean
  erased: Span | null
}

const personKey = personKeys(PERSON_KEY_SECRET)
export const emailOf = (who: number) => `person${who}@example.com`

/** Whether a fact was known before another began. */
export const isBefore = (one: Span, other: Span) => one.ended < other.begun

export const openFacts = () => {
  let clock = 0
  const people: Person[] = []
  /** Returns the person of an address as they are now. */
  const current = (who: number): Person => {
    const known = people.findLast((person) => person.who === who)
    if (known && !known.erased) return known
    const person: Person = {
      ...{ who, key: personKey(emailOf(who)), joins: [], tracked: null, erased: null },
      ...{ isConfirmed: false, hasRedeemed: false, hasPaid: false },
    }
    people.push(person)
    return person
  }
  return {
    people,
    shares: [] as Share[],
    /** Codes that anybody may redeem, and the uses of each: code, person. */
    uses: [] as { code: string; person: Person }[],
    /** Rewards that were claimed, decisions on referrals, and members who are blocked, by id. */
    claimed: new Set<string>(),
    decisions: new Map<string, 'approved' | 'voided'>(),
    blocked: new Set<string>(),
    current,
    keyOf: (who: number) => personKey(emailOf(who)),
    /** Whether the address had a person before who was erased. */
    wasErased: (who: number) => people.some((person) => person.who === who && person.erased),
    /** Runs an action and returns its span beside its result. */
    timed: async <T>(action: () => Promise<T>): Promise<[Span, T]> => {
      const begun = clock++
      const result = await action()
      return [{ begun, ended: clock++ }, result]
    },
    entryOf: (person: Person): Join | undefined =>
      person.erased ? undefined : person.joins.find(({ left }) => left === null),
  }
}
export type Facts = ReturnType<typeof openFacts>
