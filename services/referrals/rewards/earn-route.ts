import { memberOrKey, notYours, requireOwn } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency/idempotency'
import {
  invitesPaused,
  overrideMembers,
  overrideReason,
  pausedError,
  withOverride,
} from '@vobee/shared/gate'
import { route } from '@vobee/shared/http/route'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import { Email, type PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type Earned, earn } from './earn.ts'
import type { RewardTerms } from './reconcile.ts'

export const EarnBody = withOverride(z.strictObject({ user_email: Email, ...overrideMembers }))

export const EarnReply = z.object({
  earned: z.boolean().describe('Whether the member has ever earned a code.'),
  codes_available: z
    .int()
    .min(0)
    .describe('Codes that were granted and are neither used nor revoked nor expired.'),
  message: z.string(),
})

export type EarnDeps = {
  db: Database
  personKey: PersonKey
  terms: RewardTerms
  idempotent: Idempotent
}

const messageOf = (granted: number): string => {
  if (granted === 0) return 'Keep referring to earn codes'
  return granted === 1 ? 'You earned 1 invite code' : `You earned ${granted} invite codes`
}

const replyOf = ({ granted, available }: Earned) => ({
  earned: granted > 0,
  codes_available: available,
  message: messageOf(granted),
})

export const earnRoute = (app: FastifyInstance, { db, personKey, terms, idempotent }: EarnDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/referrals/earn',
      operationId: 'claimRewardCodes',
      summary: 'Get the invite codes that a member has earned by referrals',
      auth: memberOrKey('referrals:write'),
      body: EarnBody,
      replies: [200, EarnReply],
      errors: [invitesPaused, notYours],
      idempotent: true,
    },
    async (input) => {
      const { body, caller, request } = input
      const person = personKey(body.user_email)
      requireOwn(caller, person)
      const override_reason = overrideReason(caller, body)
      const audit = auditOf(input, override_reason)
      const action = storingReply(async (connection) => {
        const earned = await earn(connection ?? db, person, { ...terms, override_reason, audit })
        const isHeldBack = earned.is_due && !earned.open
        if (isHeldBack && override_reason === null) throw pausedError(earned.reasons)
        if (isHeldBack) request.log.warn({ caller }, 'a paused gate was overridden')
        return replyOf(earned)
      })
      return idempotent(input, action)
    },
  )
