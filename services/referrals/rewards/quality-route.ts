import { memberOrKey, notYours, requireOwn } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { route } from '@vobee/shared/http/route'
import { Email, type PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { findQuality, listGranted } from './granted-rewards.ts'
import type { Tier } from './reward-tiers.ts'

export const QualityReply = z.object({
  referred_count: z.int().min(0).describe('Referrals that are neither void nor expired.'),
  quality_score: z.number().min(0).max(1),
  rewards: z
    .array(
      z.union([
        z.object({
          type: z.enum(['invite_codes', 'quality_bonus']),
          amount: z.int(),
          reason: z.string(),
        }),
        z.object({ type: z.literal('premium'), duration: z.string(), reason: z.string() }),
      ]),
    )
    .describe('The rewards that were granted.'),
})

export type QualityDeps = { db: Database; personKey: PersonKey; tiers: readonly Tier[] }

export const qualityRoute = (app: FastifyInstance, { db, personKey, tiers }: QualityDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/referrals/:email/quality',
      operationId: 'getReferralQuality',
      summary: "Get a member's referral count, quality score and rewards",
      auth: memberOrKey('referrals:read'),
      params: z.strictObject({ email: Email }),
      replies: [200, QualityReply],
      errors: [notYours],
    },
    async ({ params, caller }) => {
      const person = personKey(params.email)
      requireOwn(caller, person)
      const { held, ...quality } = await findQuality(db, person)
      return { ...quality, rewards: listGranted(tiers, held) }
    },
  )
