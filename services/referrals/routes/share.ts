import { memberOrKey } from '@vobee/shared/callers'
import type { Database } from '@vobee/shared/database'
import { Email, type PersonKey } from '@vobee/shared/email'
import { route } from '@vobee/shared/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { selfReferral, tooManyShares } from '../errors.ts'
import { share } from '../queries/shares.ts'

export const ShareBody = z.strictObject({ inviter_email: Email, recipient_email: Email })

export const ShareReply = z.object({
  status: z.literal('success'),
  referral_id: z.uuid(),
  message: z.literal('Referral tracked successfully'),
})

export type ShareDeps = { db: Database; personKey: PersonKey; perDay: number }

export const shareRoute = (app: FastifyInstance, { db, personKey, perDay }: ShareDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/referrals/share',
      summary: 'Claim somebody for the person who invites them',
      admits: memberOrKey('referrals:write'),
      body: ShareBody,
      replies: [201, ShareReply],
      refuses: [selfReferral, tooManyShares],
    },
    async ({ body }) => {
      const inviter = personKey(body.inviter_email)
      const recipient = personKey(body.recipient_email)
      if (inviter === recipient) throw selfReferral()
      const claim = await share(db, { inviter, recipient, perDay })
      if (claim.referral_id === null) {
        const headers = { 'retry-after': String(claim.retry_after) }
        throw tooManyShares(`A member can share with ${perDay} people a day.`, { headers })
      }
      return {
        status: 'success' as const,
        referral_id: claim.referral_id,
        message: 'Referral tracked successfully' as const,
      }
    },
  )
