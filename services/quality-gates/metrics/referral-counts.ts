// Counts of referrals, net of their transitions: how many are attributed, and how many are suspect.
import type { Payload } from '@vobee/shared/events/catalogue'
import type { Fact } from './event-counts.ts'

type Transitioned = Payload<'referrals.transitioned'>
type Standing = Transitioned['transitions'][number]['to']

export const referralCounts = {
  attributed: 'referrals.attributed',
  suspect: 'referrals.suspect',
} as const

const isCounted = {
  attributed: (standing: Standing) => standing === 'clean' || standing === 'suspect',
  suspect: (standing: Standing) => standing === 'suspect',
}

/** Returns what transitions add to a count, or take from it, on the days of the referrals. */
export const changesOf =
  (name: keyof typeof referralCounts) =>
  ({ transitions }: Transitioned): Fact[] => {
    const is = isCounted[name]
    return transitions.flatMap(({ from, to, at }) => {
      const count = Number(is(to)) - Number(is(from))
      return count === 0 ? [] : [{ at, count }]
    })
  }
