import { member, requireMember } from '@vobee/shared/auth/callers'
import { mutex } from '@vobee/shared/data/batch'
import type { Database } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency/idempotency'
import { overloaded } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ReferralTerms } from '../counting/refresh.ts'
import { alreadyReferred, invalidReferralCode } from '../errors.ts'
import type { MemberOf } from '../members/member-of.ts'
import { track } from './track.ts'

export const TrackBody = z.strictObject({
  referralCode: text(50).describe('In upper or lower case.'),
})

const message = 'Referral tracked successfully' as const

export const TrackReply = z.object({
  message: z.literal(message),
  referralId: z.uuid(),
  referrerUserId: z.uuid(),
})

// Callers who wait for the lock of the one before hold no connection.
const WAITING = 512

export type TrackDeps = {
  db: Database
  memberOf: MemberOf
  idempotent: Idempotent
  terms: ReferralTerms
}

export const trackRoute = (
  app: FastifyInstance,
  { db, memberOf, idempotent, terms }: TrackDeps,
) => {
  const oneAtATime = mutex(WAITING)
  route(
    app,
    {
      method: 'POST',
      url: '/api/referrals/track',
      operationId: 'trackReferral',
      summary: 'Record that the caller signed up with a referral code',
      auth: member,
      body: TrackBody,
      replies: [201, TrackReply],
      errors: [invalidReferralCode, alreadyReferred, overloaded],
      examples: { body: { referralCode: 'AB23CD45' } },
      idempotent: true,
    },
    async (input) => {
      const referred = await memberOf(requireMember(input.caller))
      const code = input.body.referralCode
      const action = storingReply(async (connection) => {
        const referral = await track(connection ?? db, { referred, code }, terms)
        return { message, referralId: referral.referral_id, referrerUserId: referral.referrer }
      })
      return idempotent(input, { ...action, mutex: oneAtATime })
    },
  )
}
