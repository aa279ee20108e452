import { key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import { Email } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { GivenCode } from '../codes/code-format.ts'
import type { RouteDeps } from '../codes/route-deps.ts'
import { redeemError, redeemErrors } from '../redemption/redeem-errors.ts'
import { findReservation } from './find-reservation.ts'
import { state } from './reservation-route.ts'
import { type Granted, reserve } from './reserve.ts'

const ReserveBody = z.strictObject({
  code: GivenCode,
  email: Email,
  ttl: z
    .int()
    .min(1)
    .max(604_800)
    .default(600)
    .describe('Seconds; at most until the code expires.'),
})

const ReserveReply = z.object({
  status: z.literal('success'),
  reservation_id: z.uuid(),
  code: z.string(),
  email: z.string(),
  state,
  expires_at: z.iso.datetime().describe('When the use is released, unless it is confirmed before.'),
})

export const reserveRoute = (app: FastifyInstance, { db, personKey, idempotent }: RouteDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/reserve',
      operationId: 'reserveCode',
      summary: 'Reserve a use of a code for a person who is signing up',
      auth: key('invites:write'),
      body: ReserveBody,
      replies: [201, ReserveReply],
      errors: Object.values(redeemErrors),
      idempotent: true,
    },
    async (input) => {
      const { email, ttl } = input.body
      const request = {
        code: input.body.code,
        email,
        person: personKey(email),
        ttl,
        audit: auditOf(input),
      }
      const { reservation_id, code, state, expires_at } = await idempotent<Granted, string>(input, {
        run: async (connection) => {
          const reserved = await reserve(connection ?? db, request)
          if (reserved.outcome === 'granted') return reserved
          throw await redeemError(connection ?? db, reserved.outcome, request.code)
        },
        serialize: ({ reservation_id }) => reservation_id,
        replay: (id) => findReservation(db, id),
      })
      return { status: 'success' as const, reservation_id, code, email, state, expires_at }
    },
  )
