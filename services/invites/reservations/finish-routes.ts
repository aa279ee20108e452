// Confirming and cancelling a reservation.
import { key } from '@vobee/shared/auth/callers'
import type { Transaction } from '@vobee/shared/data/database'
import { storingReply } from '@vobee/shared/data/idempotency/idempotency'
import type { ProblemFactory } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { RouteDeps } from '../codes/route-deps.ts'
import {
  reservationCancelled,
  reservationConfirmed,
  reservationExpired,
  unknownReservation,
} from '../errors.ts'
import { redeemErrors } from '../redemption/redeem-errors.ts'
import { RedeemReply, redeemed, remainingFor, remainingOf } from '../redemption/redeem-route.ts'
import { type Confirmation, cancel, confirm } from './finish.ts'
import { ReservationId } from './reservation-route.ts'

const message = 'Reservation cancelled' as const

const CancelReply = z.object({
  status: z.literal('success'),
  message: z.literal(message),
  reservation_id: z.uuid(),
})

const finishedErrors = {
  unknown: unknownReservation,
  cancelled: reservationCancelled,
  expired: reservationExpired,
}

// If no use is left, the reservation has just expired and somebody else has used the code.
const confirmError = (failed: Exclude<Confirmation, { outcome: 'confirmed' }>): ProblemFactory => {
  if (failed.outcome !== 'not_redeemed') return finishedErrors[failed.outcome]
  const isTooLate = failed.failure === 'used' || failed.failure === 'reserved'
  return isTooLate ? reservationExpired : redeemErrors[failed.failure]
}

export const confirmRoute = (app: FastifyInstance, { db, idempotent }: RouteDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/reservations/:id/confirm',
      operationId: 'confirmReservation',
      summary: 'Confirm a reservation: redeem the reserved use',
      auth: key('invites:write'),
      params: ReservationId,
      replies: [200, RedeemReply],
      errors: [...Object.values(finishedErrors), redeemErrors.revoked, redeemErrors.expired],
      idempotent: true,
    },
    async (input) => {
      const audit = auditOf(input)
      const run = async (connection: Transaction | null) => {
        const confirmation = await confirm(connection ?? db, input.params.id, audit)
        if (confirmation.outcome !== 'confirmed') throw confirmError(confirmation)()
        const { code, email } = confirmation
        return redeemed(email, await remainingFor(input.caller, connection ?? db, code))
      }
      return idempotent(input, {
        run,
        serialize: remainingOf,
        replay: async (remaining) => ({ ...(await run(null)), ...remaining }),
      })
    },
  )

export const cancelRoute = (app: FastifyInstance, { db, idempotent }: RouteDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/reservations/:id/cancel',
      operationId: 'cancelReservation',
      summary: 'Cancel a reservation: release the reserved use',
      auth: key('invites:write'),
      params: ReservationId,
      replies: [200, CancelReply],
      errors: [unknownReservation, reservationConfirmed],
      idempotent: true,
    },
    async (input) => {
      const { id } = input.params
      const audit = auditOf(input)
      const action = storingReply(async (connection) => {
        const state = await cancel(connection ?? db, id, audit)
        if (state === 'unknown') throw unknownReservation()
        if (state === 'confirmed') throw reservationConfirmed()
        return { status: 'success' as const, message, reservation_id: id }
      })
      return idempotent(input, action)
    },
  )
