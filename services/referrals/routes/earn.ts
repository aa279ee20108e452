import { memberOrKey } from '@vobee/shared/callers'
import type { Database } from '@vobee/shared/database'
import { Email, type PersonKey } from '@vobee/shared/email'
import { invitesPaused, pausedBecause } from '@vobee/shared/gate'
import { route } from '@vobee/shared/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { earn } from '../queries/rewards.ts'

export const EarnBody = z.strictObject({ user_email: Email })

export const EarnReply = z.object({
  earned: z.boolean().describe('Whether any code was ever earned.'),
  codes_available: z.int().min(0).describe('Granted and not used.'),
  message: z.string(),
})

export type EarnDeps = { db: Database; personKey: PersonKey; patience: () => number | null }

const messageOf = (granted: number) =>
  granted > 0 ? `You earned ${granted} invite codes` : 'Keep referring to earn codes'

export const earnRoute = (app: FastifyInstance, { db, personKey, patience }: EarnDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/referrals/earn',
      summary: 'Ask for the invite codes that referrals have earned',
      admits: memberOrKey('referrals:write'),
      body: EarnBody,
      replies: [200, EarnReply],
      refuses: [invitesPaused],
    },
    async ({ body }) => {
      const earned = await earn(db, personKey(body.user_email), patience())
      if (earned.is_due && !earned.open) throw pausedBecause(earned.reasons)
      return {
        earned: earned.granted > 0,
        codes_available: Math.max(0, earned.granted - earned.used),
        message: messageOf(earned.granted),
      }
    },
  )
