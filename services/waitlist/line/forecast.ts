// When positions will be reached, at the pace that was measured.
import type { ReleaseRate } from './release-rate.ts'
import { daysUntil } from './wait-estimate.ts'

const DAY_MS = 86_400_000
/** Days: a slow pace and a late position lead beyond what a date can say. */
const FARTHEST = 36_500

export type ForecastPoint = { position: number; at: { low: string; high: string } | null }

/** Returns `count` positions from the first to the last, evenly spaced. */
export const spread = (total: number, count: number): number[] => {
  const last = Math.min(total, count)
  const at = (n: number) => Math.round(1 + ((total - 1) * n) / Math.max(1, last - 1))
  return Array.from({ length: last }, (_, n) => at(n))
}

/** Returns when each position will be reached; null until the pace can be measured. */
export const forecast = (
  positions: readonly number[],
  rate: ReleaseRate,
  now: number,
): ForecastPoint[] =>
  positions.map((position) => {
    const days = daysUntil(position, rate)
    const at = (count: number) => new Date(now + Math.min(count, FARTHEST) * DAY_MS).toISOString()
    return { position, at: days && { low: at(days.low), high: at(days.high) } }
  })
