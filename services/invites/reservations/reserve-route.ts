import { key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import { Email } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { GivenCode } from '../codes/code-format.ts'
import { faultOf, refusals } from '../redemption/redeem-errors.ts'
import type { RedeemDeps } from '../redemption/redeem-route.ts'
import { findReservation, type Reservation, reserve } from './reserve.ts'

const ReserveBody = z.strictObject({
  code: GivenCode,
  email: Email,
  ttl: z.int().min(1).max(604_800).default(600).describe('Seconds; at most until the code ends.'),
})

const ReserveReply = z.object({
  status: z.literal('success'),
  reservation_id: z.uuid(),
  code: z.string(),
  email: z.string(),
  expires_at: z.iso.datetime().describe('When the use is given back unless it was confirmed.'),
})

export const reserveRoute = (app: FastifyInstance, { db, personKey, once }: RedeemDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/reserve',
      operationId: 'reserveCode',
      summary: 'Hold a use of a code for somebody who is signing up',
      auth: key('invites:write'),
      body: ReserveBody,
      replies: [201, ReserveReply],
      errors: Object.values(refusals),
      idempotent: true,
    },
    async (asked) => {
      const { code, email, ttl } = asked.body
      const asking = { code, email, person: personKey(email), ttl, audit: auditOf(asked) }
      const held = await once<Reservation, string>(asked, {
        run: async (connection) => {
          const reserved = await reserve(connection ?? db, asking)
          if (reserved.outcome === 'held') return reserved
          throw await faultOf(connection ?? db, reserved.outcome, code)
        },
        serialize: ({ reservation_id }) => reservation_id,
        replay: (id) => findReservation(db, id),
      })
      const { reservation_id, expires_at } = held
      return { status: 'success' as const, reservation_id, code: held.code, email, expires_at }
    },
  )
