import { hasScope, visitor } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { readLeaders } from './leaderboard.ts'
import { Period } from './period.ts'

/** Instead of a masked address that is not known. */
const UNKNOWN = '***'

const LeaderboardQuery = z.strictObject({
  period: Period,
  limit: z.coerce.number().int().min(1).max(100).default(10),
})

const LeaderboardReply = z
  .array(
    z.object({
      userId: z.uuid().optional().describe('With a key (`referrals:read`).'),
      email: z.string().describe('Masked: two letters and the top-level domain.'),
      totalReferrals: z.int(),
      convertedReferrals: z.int(),
      countedReferrals: z.int(),
      rank: z.int().describe('By converted, then counted, then total, then the earliest referral.'),
    }),
  )
  .describe('Without members who are blocked or erased.')

const example = {
  email: 'u***@e***.com',
  totalReferrals: 25,
  convertedReferrals: 12,
  countedReferrals: 21,
  rank: 1,
}

export const leaderboardRoute = (app: FastifyInstance, db: Database) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/referrals/leaderboard',
      operationId: 'getLeaderboard',
      summary: 'List the members who referred the most people',
      auth: visitor,
      query: LeaderboardQuery,
      replies: [200, LeaderboardReply],
      examples: { reply: [example] },
    },
    async ({ query: { period, limit }, caller }) => {
      const leaders = await readLeaders(db, period, limit)
      const isKnown = hasScope(caller, 'referrals:read')
      return leaders.map(({ userId, email, ...counts }, index) => ({
        ...(isKnown ? { userId } : {}),
        email: email ?? UNKNOWN,
        ...counts,
        rank: index + 1,
      }))
    },
  )
