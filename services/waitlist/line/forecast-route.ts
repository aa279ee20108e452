import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { forecast, spread } from './forecast.ts'
import { countLine } from './positions.ts'
import type { ReleaseRate } from './release-rate.ts'
import { isMeasured } from './wait-estimate.ts'

const MOST = 100

const ForecastQuery = z.strictObject({
  points: z.coerce
    .number()
    .int()
    .min(2)
    .max(MOST)
    .default(10)
    .describe('How many positions, evenly spaced from the first to the last.'),
  position: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000_000)
    .optional()
    .describe('Only this position.'),
})

const ForecastReply = z.object({
  total_waiting: z.int(),
  invites_paused: z.boolean().describe('The forecast assumes that invites go on at this pace.'),
  pace: z
    .object({
      per_day: z.number().describe('Entries released per day.'),
      released: z.int().describe('Entries released in the measured days.'),
      days: z.int().describe('Measured days: at most the last 14.'),
    })
    .nullable()
    .describe('Null until releases have happened on three different days.'),
  points: z.array(
    z.object({
      position: z.int(),
      at: z
        .object({ low: z.iso.datetime(), high: z.iso.datetime() })
        .nullable()
        .describe('Between these times. Null while the pace is null.'),
    }),
  ),
})

export type ForecastDeps = {
  db: Database
  maxGateAge: () => number | null
  releaseRate: () => Promise<ReleaseRate>
}

const paceOf = (rate: ReleaseRate) => {
  if (!isMeasured(rate)) return null
  const { released, days } = rate
  return { per_day: Math.round((released / days) * 100) / 100, released, days }
}

export const forecastRoute = (app: FastifyInstance, deps: ForecastDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/forecast',
      operationId: 'getForecast',
      summary: 'Estimate when positions will be reached, at the measured pace',
      auth: key('waitlist:read'),
      query: ForecastQuery,
      replies: [200, ForecastReply],
    },
    async ({ query: { points, position } }) => {
      const [line, rate] = await Promise.all([
        countLine(deps.db, deps.maxGateAge()),
        deps.releaseRate(),
      ])
      const positions = position ? [position] : spread(line.total_waiting, points)
      return { ...line, pace: paceOf(rate), points: forecast(positions, rate, Date.now()) }
    },
  )
