// Quality gates count the events of the other services.
import type { Queryable, Transaction } from '@vobee/shared/data/database'
import type { ConsumedBy, Payload } from '@vobee/shared/events/catalogue'
import type { Handlers } from '@vobee/shared/events/inbox'
import type { PersonKey } from '@vobee/shared/privacy/email'
import { onPersonErased } from '@vobee/shared/privacy/erase'
import type { Thresholds } from './config.ts'
import { evaluateIfCrossed } from './gate/evaluate-if-crossed.ts'
import { erasePerson } from './members/erase-person.ts'
import { countOnce, type Fact } from './metrics/event-counts.ts'
import { changesOf, referralCounts } from './metrics/referral-counts.ts'

type Counted = Exclude<ConsumedBy<'quality_gates'>, 'person.erased'>
type Ended = Payload<'invites.expired'>

const each = (facts: readonly { at: string }[]) => facts.map(({ at }) => ({ at, count: 1 }))
const codes = ({ batches, at }: Ended) => batches.map(({ count }) => ({ at, count }))

const factsIn = <P extends object>(payloads: readonly P[], factsOf: (payload: P) => Fact[]) =>
  payloads.map((payload) => ({ payload, facts: factsOf(payload) }))

const count = <Name extends Counted>(kind: Name, factsOf: (payload: Payload<Name>) => Fact[]) => ({
  all: (db: Queryable, payloads: Payload<Name>[]) =>
    countOnce(db, kind, factsIn(payloads, factsOf)),
})

const countTransitions = (limits: Thresholds) => ({
  all: async (db: Transaction, payloads: Payload<'referrals.transitioned'>[]) => {
    for (const name of ['attributed', 'suspect'] as const)
      await countOnce(db, referralCounts[name], factsIn(payloads, changesOf(name)))
    await evaluateIfCrossed(db, limits)
  },
})

export const handlers = (personKey: PersonKey, limits: Thresholds): Handlers<'quality_gates'> => ({
  'waitlist.joined': count('waitlist.joined', ({ entries }) => each(entries)),
  'invites.created': count('invites.created', (created) => [created]),
  'invites.used': count('invites.used', ({ uses }) => each(uses)),
  'invites.revoked': count('invites.revoked', codes),
  'invites.expired': count('invites.expired', codes),
  'invites.limit_reached': count('invites.limit_reached', codes),
  'referrals.transitioned': countTransitions(limits),
  'person.erased': onPersonErased('quality_gates', (db, erasure) =>
    erasePerson(db, erasure, personKey),
  ),
  'referrals.credited': count('referrals.credited', ({ referrals }) => each(referrals)),
})
