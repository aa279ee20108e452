// The estimated wait of a position: from a table until releases can be measured, then by their rate.
import type { ReleaseRate } from './release-rate.ts'

export type WaitEstimate = {
  estimated_wait: string
  /** Whole days; null while the estimate is from the table. */
  estimated_wait_days: { low: number; high: number } | null
}

const MEASURABLE_DAYS = 3
/** How much the rate of the coming days may deviate, up or down. */
const SPREAD = 0.25

const table = [
  { upTo: 50, text: '1-2 days' },
  { upTo: 200, text: '1 week' },
  { upTo: 500, text: '2-3 weeks' },
  { upTo: 1000, text: '1 month' },
]
const BEYOND_TABLE = '4-6 weeks'

const units = [
  { name: 'day', days: 1, below: 7 },
  { name: 'week', days: 7, below: 60 },
  { name: 'month', days: 30.4, below: 365 },
]
const BEYOND_UNITS = 'more than a year'

const inWords = ({ low, high }: { low: number; high: number }): string => {
  const unit = units.find(({ below }) => high < below)
  if (!unit) return BEYOND_UNITS
  const from = Math.max(1, Math.round(low / unit.days))
  const to = Math.max(from, Math.round(high / unit.days))
  const plural = to > 1 ? 's' : ''
  return from === to ? `${to} ${unit.name}${plural}` : `${from}-${to} ${unit.name}s`
}

/** Whether releases happened on enough days to measure their pace. */
export const isMeasured = ({ release_days }: ReleaseRate): boolean =>
  release_days >= MEASURABLE_DAYS

/** Returns the days until a position is reached, at the measured pace; null if it is not measured. */
export const daysUntil = (position: number, rate: ReleaseRate) => {
  if (!isMeasured(rate)) return null
  const expected = position / (rate.released / rate.days)
  const low = Math.max(1, Math.floor(expected / (1 + SPREAD)))
  const high = Math.max(low, Math.ceil(expected / (1 - SPREAD)))
  return { low, high }
}

/** Returns the wait of a position, in one style from the table and from the rate. */
export const estimateWait = (position: number, rate: ReleaseRate): WaitEstimate => {
  const days = daysUntil(position, rate)
  if (!days) {
    const text = table.find((row) => position <= row.upTo)?.text ?? BEYOND_TABLE
    return { estimated_wait: text, estimated_wait_days: null }
  }
  return { estimated_wait: inWords(days), estimated_wait_days: days }
}

/** The estimate of an entry that is not waiting. */
export const noWait = { estimated_wait: null, estimated_wait_days: null }
