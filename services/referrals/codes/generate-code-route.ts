import { member, requireMember } from '@vobee/shared/auth/callers'
import { mutex } from '@vobee/shared/data/batch'
import type { Database } from '@vobee/shared/data/database'
import type { Idempotent } from '@vobee/shared/data/idempotency/idempotency'
import { overloaded } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { referralCodeExists } from '../errors.ts'
import type { MemberOf } from '../members/member-of.ts'
import { type CodeTerms, generateCode } from './generate.ts'
import { findCode } from './generated-codes.ts'

export const GenerateCodeBody = z.strictObject({
  expiresInDays: z
    .int()
    .min(1)
    .max(36_500)
    .optional()
    .describe('How long the code is valid; `REFERRAL_CODE_EXPIRATION_DAYS` (365) if missing.'),
})

export const GenerateCodeReply = z.object({
  code: z.string(),
  userId: z.uuid(),
  expiresAt: z.iso.datetime(),
})

export type GenerateCodeDeps = {
  db: Database
  memberOf: MemberOf
  idempotent: Idempotent
  codes: CodeTerms
}

// Callers who wait for the lock of the one before hold no connection.
const WAITING = 512

const exists = ({ code, expires_at }: { code: string; expires_at: string }) =>
  referralCodeExists('You have a referral code already. You can generate one after it expires.', {
    members: { referral_code: code, expires_at },
  })

export const generateCodeRoute = (
  app: FastifyInstance,
  { db, memberOf, idempotent, codes }: GenerateCodeDeps,
) => {
  const oneAtATime = mutex(WAITING)
  route(
    app,
    {
      method: 'POST',
      url: '/api/referrals/generate-code',
      operationId: 'generateReferralCode',
      summary: 'Generate a referral code for a member who has no valid one',
      auth: member,
      body: GenerateCodeBody,
      replies: [201, GenerateCodeReply],
      errors: [referralCodeExists, overloaded],
      examples: {
        body: { expiresInDays: 365 },
        reply: {
          code: 'AB23CD45',
          userId: '5f0c7a51-3b8e-4f6f-9a43-6a3f0f6f7b11',
          expiresAt: '2027-12-31T23:59:59.000Z',
        },
      },
      idempotent: true,
    },
    async (input) => {
      const userId = await memberOf(requireMember(input.caller))
      const days = input.body.expiresInDays ?? codes.days
      return idempotent(input, {
        mutex: oneAtATime,
        run: async (connection) => {
          const generated = await generateCode(connection ?? db, userId, { ...codes, days })
          if (!generated.is_new) throw exists(generated)
          return { id: generated.id, code: generated.code, userId, expiresAt: generated.expires_at }
        },
        serialize: ({ id }) => id,
        replay: async (id) => {
          const found = await findCode(db, id)
          if (!found) return null
          return { id, code: found.code, userId: found.user_id, expiresAt: found.expires_at }
        },
      })
    },
  )
}
