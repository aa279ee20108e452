import { key } from '@vobee/shared/auth/callers'
import { mutex } from '@vobee/shared/data/batch'
import { type Database, type Transactable, transaction } from '@vobee/shared/data/database'
import { type Idempotent, storingReply } from '@vobee/shared/data/idempotency/idempotency'
import { overloaded } from '@vobee/shared/http/problem'
import { anotherReply, route } from '@vobee/shared/http/route'
import { text } from '@vobee/shared/http/text'
import { type Audit, auditOf, logAction } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ReferralTerms } from '../counting/refresh.ts'
import { unknownUser } from '../errors.ts'
import { lockAttribution } from '../members/attribution-lock.ts'
import { findMember } from '../members/find-member.ts'
import { getPerson, type Recorded, recordConversion } from './record-conversion.ts'

export const ConvertBody = z.strictObject({
  referredUserId: text(255).describe(
    'The id of the member, of their waitlist entry, or of the user in your application.',
  ),
})

const message = 'Referral converted successfully' as const

export const ConvertReply = z.object({ message: z.literal(message), referralId: z.uuid() })

/** The payment is stored, and no referral converts. */
const stored = anotherReply(
  202,
  z.object({
    message: z.string(),
    referralId: z.uuid().nullable().describe('Null: the user has no referral yet.'),
  }),
)

const storedReply = ({ referral }: Recorded) => ({
  message: referral
    ? 'Payment stored. The referral of this user is void and does not convert'
    : 'Payment stored for 30 days. This user has no referral yet',
  referralId: referral?.id ?? null,
})

export type ConvertDeps = { db: Database; idempotent: Idempotent; terms: ReferralTerms }

type Terms = { terms: ReferralTerms; audit: Audit }

// Callers who wait for the lock of the one before hold no connection.
const WAITING = 512

/** @throws unknownUser (404) */
const convert = (db: Transactable, id: string, { terms, audit }: Terms) =>
  transaction(db, async (connection) => {
    await lockAttribution(connection)
    const member = await findMember(connection, id)
    if (member === null) throw unknownUser()
    const payment = { person: await getPerson(connection, member), at: null }
    const recorded = await recordConversion(connection, payment, terms)
    const details = { referral_id: recorded.referral?.id ?? null }
    const action = { act: 'referrals.converted', subject: member, details }
    if (recorded.isFirst) await logAction(connection, 'referrals', audit, action)
    return recorded
  })

export const convertRoute = (app: FastifyInstance, { db, idempotent, terms }: ConvertDeps) => {
  const oneAtATime = mutex(WAITING)
  route(
    app,
    {
      method: 'POST',
      url: '/api/referrals/convert',
      operationId: 'convertReferral',
      summary: 'Record that a referred user has paid',
      auth: key('referrals:write'),
      body: ConvertBody,
      replies: [200, ConvertReply],
      anotherReply: stored,
      errors: [unknownUser, overloaded],
      idempotent: true,
    },
    async (input) => {
      const { referredUserId } = input.body
      const audit = auditOf(input)
      const action = storingReply((connection) =>
        convert(connection ?? db, referredUserId, { terms, audit }),
      )
      const recorded = await idempotent(input, { ...action, mutex: oneAtATime })
      const { referral } = recorded
      if (!referral || referral.isVoid) return stored.of(storedReply(recorded))
      return { message, referralId: referral.id }
    },
  )
}
