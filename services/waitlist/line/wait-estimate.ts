// How long a position waits: by a table until releases can be measured, then by their rate.

/** Releases of the last 14 days, by UTC day. */
export type Releases = {
  /** On how many different days there were any. */
  release_days: number
  released: number
  /** Days looked at: 14, or as many as there are since the very first release; today counts. */
  days: number
}

export type Wait = {
  estimated_wait: string
  /** Whole days; null as long as the table speaks. */
  estimated_wait_days: { low: number; high: number } | null
}

const MEASURABLE_DAYS = 3
/** How far the days to come may differ from those measured, either way. */
const SPREAD = 0.25

const table = [
  { upTo: 50, says: '1-2 days' },
  { upTo: 200, says: '1 week' },
  { upTo: 500, says: '2-3 weeks' },
  { upTo: 1000, says: '1 month' },
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

/** The wait of a position, in one style whether it comes from the table or was measured. */
export const waitOf = (position: number, releases: Releases): Wait => {
  if (releases.release_days < MEASURABLE_DAYS) {
    const says = table.find((row) => position <= row.upTo)?.says ?? BEYOND_TABLE
    return { estimated_wait: says, estimated_wait_days: null }
  }
  const expected = position / (releases.released / releases.days)
  const low = Math.max(1, Math.floor(expected / (1 + SPREAD)))
  const high = Math.max(low, Math.ceil(expected / (1 - SPREAD)))
  return { estimated_wait: inWords({ low, high }), estimated_wait_days: { low, high } }
}
