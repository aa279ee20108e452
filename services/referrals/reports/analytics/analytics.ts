// The metrics of the referral program, from the sums of a period.
import type { FactSum } from './facts.ts'
import { medianHours } from './median.ts'

const round = (value: number, digits: number) => Number(value.toFixed(digits))

/** Returns converted referrals per hundred. */
export const conversionRate = (converted: number, total: number): number =>
  total === 0 ? 0 : round((100 * converted) / total, 1)

const sourcesOf = (sumOf: (fact: string, source?: string) => number) =>
  (['code', 'share'] as const).map((source) => {
    const totalReferrals = sumOf('referred', source)
    const convertedReferrals = sumOf('converted', source)
    return {
      source,
      totalReferrals,
      joinedReferrals: sumOf('joined', source),
      countedReferrals: sumOf('counted', source),
      convertedReferrals,
      conversionRate: conversionRate(convertedReferrals, totalReferrals),
    }
  })

/**
 * Returns the metrics. The K-factor is how many people a member brings: invitations per member × joins
 * per invitation. A link that a member passed on is an invitation when somebody joins by it.
 */
export const analyze = (facts: readonly FactSum[]) => {
  const sumOf = (fact: string, key?: string) =>
    facts
      .filter((one) => one.fact === fact && (key === undefined || one.key === key))
      .reduce((sum, { n }) => sum + n, 0)
  const totalReferrals = sumOf('referred')
  const convertedReferrals = sumOf('converted')
  const members = sumOf('members')
  const times = facts.filter(({ fact }) => fact === 'convert_time')
  return {
    totalReferrals,
    convertedReferrals,
    countedReferrals: sumOf('counted'),
    joinedReferrals: sumOf('joined'),
    conversionRate: conversionRate(convertedReferrals, totalReferrals),
    totalRewardsAwarded: sumOf('rewards'),
    members,
    invitationsSent: sumOf('invited'),
    kFactor: members === 0 ? 0 : round(sumOf('joined') / members, 3),
    medianTimeToConvert: medianHours(times.map(({ key, n }) => ({ bucket: Number(key), n }))),
    sources: sourcesOf(sumOf),
  }
}
