import { key } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Period } from '../period.ts'
import { analyze, conversionRate } from './analytics.ts'
import { readCodeCounts } from './code-counts.ts'
import { readCohorts, readFacts } from './facts.ts'

const counts = {
  totalReferrals: z.int(),
  joinedReferrals: z.int(),
  countedReferrals: z.int(),
  convertedReferrals: z.int(),
  conversionRate: z.number(),
}

const AnalyticsReply = z.object({
  ...counts,
  totalReferrals: z.int().describe('Neither void nor a claim that ran out.'),
  joinedReferrals: z.int().describe('Those whose person joined.'),
  conversionRate: z.number().describe('Converted referrals per hundred, with one decimal.'),
  totalRewardsAwarded: z.int().describe('Rewards granted in the period that are not void.'),
  activeCodes: z.int().describe('Codes that are valid now, whatever the period.'),
  expiredCodes: z.int().describe('Codes that have expired, whatever the period.'),
  members: z.int().describe('People who could refer others, whatever the period.'),
  invitationsSent: z.int().describe('Shares, and joins by a link that a member passed on.'),
  kFactor: z.number().describe('Invitations per member × joins per invitation.'),
  medianTimeToConvert: z
    .number()
    .nullable()
    .describe('Hours from referral to conversion, within 10 %; null without conversions.'),
  sources: z.array(z.object({ source: z.enum(['code', 'share']), ...counts })),
  weeklyCohorts: z
    .array(z.object({ week: z.iso.date().describe('Its Monday.'), ...counts }))
    .describe('By the UTC week in which referrals were created; at most the last 52 weeks.'),
})

export const analyticsRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/referrals/analytics',
      operationId: 'getReferralAnalytics',
      summary: 'Get the metrics of the referral program',
      auth: key('referrals:read'),
      query: z.strictObject({ period: Period }),
      replies: [200, AnalyticsReply],
    },
    async ({ query: { period } }) => {
      const [facts, cohorts, codes] = await Promise.all([
        readFacts(db, period),
        readCohorts(db, period),
        readCodeCounts(db),
      ])
      const weeklyCohorts = cohorts.map((cohort) => ({
        ...cohort,
        conversionRate: conversionRate(cohort.convertedReferrals, cohort.totalReferrals),
      }))
      return { ...analyze(facts), ...codes, weeklyCohorts }
    },
  )
