// Random actions of people, and of what delivers the events between the services.
import { services } from '@vobee/shared/events/catalogue'
import fc from 'fast-check'
import type { Sending } from './system.ts'

const PEOPLE = 12

const who = fc.nat(PEOPLE - 1)
// A few people refer most of the others, so that they reach rewards.
const referrer = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: who },
)
// Joins from one device with one code are held from the fourth on, as are those of the leader's.
const device = fc.constantFrom(null, null, 'phone', 'tablet')
const pick = fc.nat(99)
const sending = fc.constantFrom<Sending>('once', 'once', 'again', 'at once')
const service = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('referrals' as const) },
  { weight: 2, arbitrary: fc.constantFrom(...services) },
)
const one = <K extends string>(kind: K) => fc.constant(kind)

const action = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      ...{ kind: one('join'), who, by: fc.option(referrer, { freq: 8 }), sending },
      ...{ device, isConfirmed: fc.constantFrom(true, true, false) },
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: one('share'), who, by: referrer, sending }) },
  { weight: 2, arbitrary: fc.record({ kind: one('track'), who, by: referrer, sending }) },
  { weight: 5, arbitrary: fc.record({ kind: one('redeem'), who, pick, sending }) },
  { weight: 3, arbitrary: fc.record({ kind: one('pay'), who, sending }) },
  { weight: 3, arbitrary: fc.record({ kind: one('claim'), who: referrer, pick, sending }) },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ kind: one('review'), pick, change_decision: fc.boolean() },
      act: fc.constantFrom('approve', 'void', 'block', 'unblock'),
      dry_run: fc.constantFrom(false, false, false, true),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: one('gate'), isOpen: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: one('earn'), who: referrer, sending }) },
  { weight: 1, arbitrary: fc.record({ kind: one('leave'), who }) },
  { weight: 1, arbitrary: fc.record({ kind: one('erase'), who }) },
  { weight: 14, arbitrary: fc.record({ kind: one('deliver'), service, pick }) },
  { weight: 3, arbitrary: fc.record({ kind: one('batch'), service }) },
  { weight: 3, arbitrary: fc.record({ kind: one('repeat'), service, pick }) },
  { weight: 2, arbitrary: fc.record({ kind: one('lose'), service, pick }) },
)
export type Action = typeof action extends fc.Arbitrary<infer A> ? A : never

// Of several arrays the sum is rarely small.
const part = fc.array(action, { maxLength: 30, size: 'max' })
export const actions = fc.tuple(part, part, part).map((parts) => parts.flat())
