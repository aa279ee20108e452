import { memberOrKey, notYours, requireOwn } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency'
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
import { type Earned, earn } from './grants.ts'

export const EarnBody = withOverride(z.strictObject({ user_email: Email, ...overrideMembers }))

export const EarnReply = z.object({
  earned: z.boolean().describe('Whether any code was ever earned.'),
  codes_available: z.int().min(0).describe('Granted and not used.'),
  message: z.string(),
})

export type EarnDeps = {
  db: Database
  personKey: PersonKey
  patience: () => number | null
  once: Idempotent
}

const answerOf = ({ granted, used }: Earned) => ({
  earned: granted > 0,
  codes_available: Math.max(0, granted - used),
  message: granted > 0 ? `You earned ${granted} invite codes` : 'Keep referring to earn codes',
})

export const earnRoute = (app: FastifyInstance, { db, personKey, patience, once }: EarnDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/referrals/earn',
      summary: 'Ask for the invite codes that referrals have earned',
      auth: memberOrKey('referrals:write'),
      body: EarnBody,
      replies: [200, EarnReply],
      errors: [invitesPaused, notYours],
      idempotent: true,
    },
    async (asked) => {
      const { body, caller, request } = asked
      const person = personKey(body.user_email)
      requireOwn(caller, person)
      const reason = overrideReason(caller, body)
      const audit = auditOf(asked, reason)
      const terms = { patience: patience(), override_reason: reason, audit }
      const act = storingReply(async (connection) => {
        const earned = await earn(connection ?? db, person, terms)
        const isHeldBack = earned.is_due && !earned.open
        if (isHeldBack && reason === null) throw pausedError(earned.reasons)
        if (isHeldBack) request.log.warn({ caller }, 'a paused gate was overridden')
        return answerOf(earned)
      })
      return once(asked, act)
    },
  )
