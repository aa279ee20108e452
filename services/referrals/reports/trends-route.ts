import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { readTrends } from './trends.ts'

const TrendsQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(365).default(30).describe('How many, today included.'),
})

const TrendsReply = z
  .array(
    z.object({
      date: z.iso.date(),
      signups: z.int().describe('People who joined by a referral, on the day of the referral.'),
      conversions: z.int().describe('Referrals that converted on this day.'),
    }),
  )
  .describe('One row per UTC day, oldest first.')

export const trendsRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/referrals/trends',
      operationId: 'getReferralTrends',
      summary: 'Count signups and conversions by day',
      auth: key('referrals:read'),
      query: TrendsQuery,
      replies: [200, TrendsReply],
      examples: { reply: [{ date: '2025-01-01', signups: 5, conversions: 2 }] },
    },
    ({ query }) => readTrends(db, query.days),
  )
