import { member, requireMember } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency/idempotency'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { rewardExpired, rewardNotFound } from '../errors.ts'
import type { MemberOf } from '../members/member-of.ts'
import { claimReward } from './claim.ts'

const message = 'Reward claimed successfully' as const

const ClaimReply = z.object({
  message: z.literal(message),
  reward: z.object({
    id: z.uuid(),
    rewardType: z.string(),
    rewardValue: z.record(z.string(), z.unknown()),
    claimedAt: z.iso.datetime(),
  }),
})

export type ClaimDeps = { db: Database; memberOf: MemberOf; idempotent: Idempotent }

export const claimRoute = (app: FastifyInstance, { db, memberOf, idempotent }: ClaimDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/referrals/claim-reward',
      operationId: 'claimReward',
      summary: 'Claim a reward of the member',
      auth: member,
      body: z.strictObject({ rewardId: z.guid() }),
      replies: [200, ClaimReply],
      errors: [rewardNotFound, rewardExpired],
      idempotent: true,
    },
    async (input) => {
      const owner = await memberOf(requireMember(input.caller))
      const action = storingReply(async (connection) => {
        const claim = await claimReward(connection ?? db, owner, input.body.rewardId)
        if (claim.outcome === 'expired') throw rewardExpired()
        if (claim.outcome === 'not_found') throw rewardNotFound()
        return { message, reward: claim.reward }
      })
      return idempotent(input, action)
    },
  )
