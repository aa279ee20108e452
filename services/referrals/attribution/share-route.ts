import { memberOrKey, notYours, requireOwn } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency'
import { route } from '@vobee/shared/http/route'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import { Email, type PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { selfReferral, tooManyShares } from '../errors.ts'
import { learnPair, share } from './claims.ts'

export const ShareBody = z.strictObject({ inviter_email: Email, recipient_email: Email })

const status = 'success' as const
const message = 'Referral tracked successfully' as const

export const ShareReply = z.object({
  status: z.literal(status),
  referral_id: z.uuid(),
  message: z.literal(message),
})

export type ShareDeps = { db: Database; personKey: PersonKey; perDay: number; once: Idempotent }

const refuse = ({ retry_after }: { retry_after: number }, perDay: number) =>
  tooManyShares(`A member can share with ${perDay} people a day.`, {
    headers: { 'retry-after': String(retry_after) },
  })

export const shareRoute = (app: FastifyInstance, { db, personKey, perDay, once }: ShareDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/referrals/share',
      summary: 'Claim somebody for the person who invites them',
      auth: memberOrKey('referrals:write'),
      body: ShareBody,
      replies: [201, ShareReply],
      errors: [selfReferral, tooManyShares, notYours],
      idempotent: true,
    },
    async (asked) => {
      const inviter = personKey(asked.body.inviter_email)
      requireOwn(asked.caller, inviter)
      const recipient = personKey(asked.body.recipient_email)
      if (inviter === recipient) throw selfReferral()
      // Before the transaction: two who share with each other would wait in a circle.
      const pair = await learnPair(db, inviter, recipient)
      const act = storingReply(async (connection) => {
        const claim = await share(connection ?? db, pair, { perDay, audit: auditOf(asked) })
        if (claim.referral_id === null) throw refuse(claim, perDay)
        return { status, referral_id: claim.referral_id, message }
      })
      return once(asked, act)
    },
  )
