// Sends a population through referrals, as the events of the other services, in the order of time.
import { createHash, randomUUID } from 'node:crypto'
import type { EventName, Payload } from '@vobee/shared/events/catalogue'
import { type Person, SPAN } from './person.ts'

type Publish = <Name extends EventName>(event: Name, payload: Payload<Name>) => Promise<unknown>
type Moment = { at: number; event: 'joined' | 'confirmed' | 'used'; person: Person }

const codeOf = (name: string) => `CODE-${name.toUpperCase()}`
const start = Date.now() - SPAN * 1_000
const timeOf = (seconds: number) => new Date(start + seconds * 1_000).toISOString()

const hash = (value: string) => createHash('sha256').update(value).digest('base64url').slice(0, 22)

const entryOf = ({ name, referrer, at, network, agent, lookalike, disposable }: Person) => ({
  id: randomUUID(),
  person: name,
  referral_code: codeOf(name),
  referred_by: referrer && codeOf(referrer),
  confirmed: false,
  at: timeOf(at),
  masked: null,
  signals: {
    network: network && hash(network),
    device: network && hash(`${network} ${agent}`),
    lookalike: lookalike && hash(lookalike),
    disposable,
  },
})

const momentsOf = (person: Person): Moment[] => {
  const { at, confirmedAfter, redeemedAfter } = person
  const moments: Moment[] = [{ at, event: 'joined', person }]
  if (confirmedAfter !== null) {
    moments.push({ at: at + confirmedAfter, event: 'confirmed', person })
  }
  if (redeemedAfter !== null) moments.push({ at: at + redeemedAfter, event: 'used', person })
  return moments
}

const publishSlice = async (publish: Publish, slice: readonly Moment[]) => {
  const { joined = [], confirmed = [], used = [] } = Object.groupBy(slice, ({ event }) => event)
  if (joined.length > 0) {
    await publish('waitlist.joined', { entries: joined.map(({ person }) => entryOf(person)) })
  }
  if (confirmed.length > 0) {
    const entries = confirmed.map(({ at, person: { name, automated } }) => ({
      ...{ id: randomUUID(), person: name, at: timeOf(at), automated },
    }))
    await publish('waitlist.confirmed', { entries })
  }
  if (used.length > 0) {
    const uses = used.map(({ at, person }) => ({
      ...{ use_id: randomUUID(), person: person.name, at: timeOf(at) },
      ...{ batch_id: 'BATCH', grant_id: null },
    }))
    await publish('invites.used', { uses })
  }
}

// A statement may take 2 seconds, on a busy machine too.
const SLICE = 500

/** Publishes all that the people do, some of it at a time. */
export const replay = async (people: readonly Person[], publish: Publish): Promise<void> => {
  const moments = people.flatMap(momentsOf).sort((a, b) => a.at - b.at)
  for (let from = 0; from < moments.length; from += SLICE) {
    await publishSlice(publish, moments.slice(from, from + SLICE))
  }
}
