// The totals of the last seven days, by event.
import { type Metric, type MetricInputs, WINDOW } from './rates.ts'

const events = {
  joins: 'waitlist.joined',
  codes_issued: 'invites.created',
  codes_redeemed: 'invites.used',
  codes_revoked: 'invites.revoked',
  codes_expired: 'invites.expired',
  codes_used_up: 'invites.limit_reached',
  referrals_credited: 'referrals.credited',
}

export const totalsOf = ({ counts }: MetricInputs) =>
  Object.fromEntries(
    Object.entries(events).map(([name, kind]): [string, Metric] => {
      const { count = 0, counted_at = null } = counts[kind] ?? {}
      return [name, { value: count, source: 'events', window: WINDOW, reported_at: counted_at }]
    }),
  ) as Record<keyof typeof events, Metric>
