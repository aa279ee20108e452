// What quality gates do upon what others tell: they count it.
import type { Payload } from '@vobee/shared/events'
import type { Reactions } from '@vobee/shared/inbox'
import { countOnce } from './queries/counts.ts'

type Ended = Payload<'invites.expired'>

const each = (facts: readonly { at: string }[]) => facts.map(({ at }) => ({ at, count: 1 }))
const codes = ({ batches, at }: Ended) => batches.map(({ count }) => ({ at, count }))

export const reactions: Reactions<'quality_gates'> = {
  'waitlist.joined': (db, payload) =>
    countOnce(db, { kind: 'waitlist.joined', payload, facts: each(payload.entries) }),
  'invites.created': (db, payload) =>
    countOnce(db, { kind: 'invites.created', payload, facts: [payload] }),
  'invites.used': (db, payload) =>
    countOnce(db, { kind: 'invites.used', payload, facts: each(payload.uses) }),
  'invites.revoked': (db, payload) =>
    countOnce(db, { kind: 'invites.revoked', payload, facts: codes(payload) }),
  'invites.expired': (db, payload) =>
    countOnce(db, { kind: 'invites.expired', payload, facts: codes(payload) }),
  'invites.limit_reached': (db, payload) =>
    countOnce(db, { kind: 'invites.limit_reached', payload, facts: codes(payload) }),
  'referrals.credited': (db, payload) =>
    countOnce(db, { kind: 'referrals.credited', payload, facts: each(payload.referrals) }),
}
