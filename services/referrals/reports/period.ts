// The periods of reports: whole UTC days, today included.
import { raw, type Sql, sql } from '@vobee/shared/data/sql'
import { z } from 'zod'

export const Period = z
  .enum(['all', 'month', 'week'])
  .default('all')
  .describe('Referrals created in the last 30 (`month`) or 7 (`week`) UTC days, or `all`.')
export type Period = z.infer<typeof Period>

const DAYS = { month: 30, week: 7 } as const

/** SQL: the start of a UTC day, so many days before today. */
export const startOfDay = (daysAgo: number): Sql => sql`
  date_trunc('day', now(), 'UTC') - interval '${raw(String(daysAgo * 24))} hours'`

/** SQL: the start of the first day of a period. */
export const startOf = (period: Exclude<Period, 'all'>): Sql => startOfDay(DAYS[period] - 1)
