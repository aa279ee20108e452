import { key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { reservationStates } from '../codes/reserved-uses.ts'
import type { RouteDeps } from '../codes/route-deps.ts'
import { unknownReservation } from '../errors.ts'
import { findReservation } from './find-reservation.ts'

export const ReservationId = z.strictObject({ id: z.uuid() })

export const state = z
  .enum(reservationStates)
  .describe(
    'Now: `active` holds a use; `confirmed` redeemed it; `cancelled` and `expired` released it.',
  )

const ReservationReply = z.object({
  reservation_id: z.uuid(),
  code: z.string(),
  email: z.string(),
  state,
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
})

// The scope of the key that reserves, confirms and cancels.
export const reservationRoute = (app: FastifyInstance, { db }: RouteDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/invites/reservations/:id',
      operationId: 'getReservation',
      summary: 'Get a reservation and its present state',
      auth: key('invites:write'),
      params: ReservationId,
      replies: [200, ReservationReply],
      errors: [unknownReservation],
    },
    async ({ params }) => {
      const reservation = await findReservation(db, params.id)
      if (!reservation) throw unknownReservation()
      return reservation
    },
  )
