// What each figure is at a moment, and where it comes from.
import type { Thresholds } from '../config.ts'
import type { Rates } from '../trust/trust-score.ts'

export const rateNames = ['churn_rate', 'fraud_rate', 'engagement_rate'] as const
export type RateName = (typeof rateNames)[number]

export type Figure = {
  value: number
  source: 'reported' | 'events' | 'assumed'
  /** What it was measured over; null when the host did not say. */
  window: string | null
  /** When the figure last was given anew; null when it never was. */
  reported_at: string | null
}
export type Figures = Record<RateName, Figure>

/** What a host reported last. */
export type Report = Pick<Figure, 'value' | 'window'> & { reported_at: string }
/** How many of one kind of event the last seven days saw, today among them. */
export type Count = { count: number; counted_at: string }

export type Inputs = {
  at: string
  reports: Partial<Record<RateName, Report>>
  counts: Record<string, Count>
}

export const WINDOW = '7 days'
/** Fewer referrals than these say nothing of fraud. */
export const MIN_REFERRALS = 50

const assumed = (value: number): Figure => ({
  value,
  source: 'assumed',
  window: null,
  reported_at: null,
})

const reported = (report: Report): Figure => ({ ...report, source: 'reported' })

const rounded = (value: number) => Math.round(value * 10_000) / 10_000

const fraudInEvents = ({ counts }: Inputs): Figure | null => {
  const of = (kind: string) => counts[`referrals.${kind}`]
  const count = (kind: string) => of(kind)?.count ?? 0
  const suspect = count('held') + count('voided')
  const all = count('credited') + suspect
  if (all < MIN_REFERRALS) return null
  const heard = ['credited', 'held', 'voided'].flatMap((kind) => of(kind)?.counted_at ?? [])
  return {
    value: rounded(suspect / all),
    source: 'events',
    window: WINDOW,
    reported_at: heard.sort().at(-1) ?? null,
  }
}

const isFresh = (report: Report, at: string, hours: number) =>
  Date.parse(at) - Date.parse(report.reported_at) < hours * 3_600_000

const fraud = (inputs: Inputs, limits: Thresholds): Figure => {
  const report = inputs.reports.fraud_rate
  if (report && isFresh(report, inputs.at, limits.FRAUD_FRESH_HOURS)) return reported(report)
  return fraudInEvents(inputs) ?? assumed(0)
}

/** The three rates: as reported, else from events, else the best (0, 0, 1), which is said. */
export const figuresOf = (inputs: Inputs, limits: Thresholds): Figures => {
  const { churn_rate, engagement_rate } = inputs.reports
  return {
    churn_rate: churn_rate ? reported(churn_rate) : assumed(0),
    fraud_rate: fraud(inputs, limits),
    engagement_rate: engagement_rate ? reported(engagement_rate) : assumed(1),
  }
}

export const ratesOf = (figures: Figures): Rates => ({
  churn_rate: figures.churn_rate.value,
  fraud_rate: figures.fraud_rate.value,
  engagement_rate: figures.engagement_rate.value,
})

const volumes = {
  joins: 'waitlist.joined',
  codes_issued: 'invites.created',
  codes_redeemed: 'invites.used',
  codes_revoked: 'invites.revoked',
  codes_expired: 'invites.expired',
  codes_used_up: 'invites.limit_reached',
  referrals_credited: 'referrals.credited',
}

/** How much of everything the last seven days saw. */
export const volumesOf = ({ counts }: Inputs) =>
  Object.fromEntries(
    Object.entries(volumes).map(([name, kind]): [string, Figure] => {
      const { count = 0, counted_at = null } = counts[kind] ?? {}
      return [name, { value: count, source: 'events', window: WINDOW, reported_at: counted_at }]
    }),
  ) as Record<keyof typeof volumes, Figure>
