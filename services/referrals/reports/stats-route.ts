import { member, requireMember } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { MemberOf } from '../members/member-of.ts'
import { readStats } from './stats.ts'

const StatsReply = z.object({
  totalReferrals: z.int().describe('Neither void nor expired: pending and converted ones.'),
  convertedReferrals: z.int(),
  pendingReferrals: z.int(),
  countedReferrals: z.int().describe('Those that earn points and rewards.'),
  totalRewardsEarned: z.int().describe('Granted rewards, claimed or not, that are not void.'),
})

export type StatsDeps = { db: Database; memberOf: MemberOf }

export const statsRoute = (app: FastifyInstance, { db, memberOf }: StatsDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/referrals/stats',
      operationId: 'getReferralStats',
      summary: 'Count your own referrals and rewards',
      auth: member,
      replies: [200, StatsReply],
    },
    async ({ caller }) => {
      const stats = await readStats(db, await memberOf(requireMember(caller)))
      return { ...stats, pendingReferrals: stats.totalReferrals - stats.convertedReferrals }
    },
  )
