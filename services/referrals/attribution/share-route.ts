import { memberOrKey, notYours, requireOwn } from '@vobee/shared/auth/callers'
import type { Database } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency/idempotency'
import { route } from '@vobee/shared/http/route'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import { Email, type PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { selfReferral, tooManyShares } from '../errors.ts'
import { claim, findPair } from './claims.ts'

export const ShareBody = z.strictObject({ inviter_email: Email, recipient_email: Email })

const status = 'success' as const
const message = 'Referral tracked successfully' as const

export const ShareReply = z.object({
  status: z.literal(status),
  referral_id: z.uuid(),
  message: z.literal(message),
})

export type ShareDeps = {
  db: Database
  personKey: PersonKey
  perDay: number
  idempotent: Idempotent
}

const limitReached = (perDay: number, seconds: number) =>
  tooManyShares(`A member can share with ${perDay} people per day. Retry later.`, {
    headers: { 'retry-after': String(seconds) },
  })

export const shareRoute = (
  app: FastifyInstance,
  { db, personKey, perDay, idempotent }: ShareDeps,
) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/referrals/share',
      operationId: 'shareReferral',
      summary: 'Record that a member invited a person',
      auth: memberOrKey('referrals:write'),
      body: ShareBody,
      replies: [201, ShareReply],
      errors: [selfReferral, tooManyShares, notYours],
      idempotent: true,
    },
    async (input) => {
      const inviter = personKey(input.body.inviter_email)
      requireOwn(input.caller, inviter)
      const recipient = personKey(input.body.recipient_email)
      if (inviter === recipient) throw selfReferral()
      // Before the transaction: two members who share with each other would deadlock.
      const pair = await findPair(db, inviter, recipient)
      const action = storingReply(async (connection) => {
        const claimed = await claim(connection ?? db, pair, { perDay, audit: auditOf(input) })
        if (claimed.referral_id === null) throw limitReached(perDay, claimed.retry_after)
        return { status, referral_id: claimed.referral_id, message }
      })
      return idempotent(input, action)
    },
  )
