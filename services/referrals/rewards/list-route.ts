import { member, requireMember } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { MemberOf } from '../members/member-of.ts'
import { listRewards } from './list.ts'

const time = z.iso.datetime()

const RewardsReply = z.object({
  rewards: z
    .array(
      z.object({
        id: z.uuid().describe('The `rewardId` of claim-reward.'),
        rewardType: z.string(),
        rewardValue: z.record(z.string(), z.unknown()),
        status: z
          .enum(['granted', 'claimable', 'claimed', 'expired', 'void'])
          .describe('`granted`: invite codes, which need no claim.'),
        createdAt: time,
        claimedAt: time.nullable(),
        expiresAt: time.nullable().describe('Until when it can be claimed. Null: always.'),
      }),
    )
    .describe('Those to claim first, then the newest; at most 500.'),
})

export type ListDeps = { db: Database; memberOf: MemberOf }

export const listRewardsRoute = (app: FastifyInstance, { db, memberOf }: ListDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/referrals/rewards',
      operationId: 'listOwnRewards',
      summary: "List the member's own rewards",
      auth: member,
      replies: [200, RewardsReply],
    },
    async ({ caller }) => ({
      rewards: await listRewards(db, await memberOf(requireMember(caller))),
    }),
  )
