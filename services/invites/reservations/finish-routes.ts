// The two ends of a reservation: confirming and cancelling it.

import { key } from '@vobee/shared/auth/callers'
import type { Transaction } from '@vobee/shared/data/database'
import { storingReply } from '@vobee/shared/data/idempotency'
import type { ProblemFactory } from '@vobee/shared/http/problem'
import { route } from '@vobee/shared/http/route'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import {
  reservationCancelled,
  reservationConfirmed,
  reservationExpired,
  unknownReservation,
} from '../errors.ts'
import { refusals } from '../redemption/redeem-errors.ts'
import { message, RedeemReply } from '../redemption/redeem-route.ts'
import type { ActDeps } from '../revocation/revoke-routes.ts'
import { type Confirmation, cancel, confirm } from './finish.ts'

const cancelled = 'Reservation cancelled' as const

const CancelReply = z.object({
  status: z.literal('success'),
  message: z.literal(cancelled),
  reservation_id: z.uuid(),
})

const params = z.strictObject({ id: z.uuid() })

const lost: Record<string, ProblemFactory> = {
  unknown: unknownReservation,
  cancelled: reservationCancelled,
  expired: reservationExpired,
}

// Who has no use left to take came when the time was just over, and somebody else had taken it.
const faultOf = (ended: Exclude<Confirmation, { outcome: 'confirmed' }>): ProblemFactory => {
  if (ended.outcome !== 'refused') return lost[ended.outcome] as ProblemFactory
  const isTooLate = ended.refusal === 'used' || ended.refusal === 'reserved'
  return isTooLate ? reservationExpired : refusals[ended.refusal]
}

export const confirmRoute = (app: FastifyInstance, { db, once }: ActDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/reservations/:id/confirm',
      operationId: 'confirmReservation',
      summary: 'Take the use that is reserved',
      auth: key('invites:write'),
      params,
      replies: [200, RedeemReply],
      errors: [...Object.values(lost), refusals.revoked, refusals.expired],
      idempotent: true,
    },
    async (asked) => {
      const ending = { id: asked.params.id, audit: auditOf(asked) }
      const act = async (connection: Transaction | null) => {
        const ended = await confirm(connection ?? db, ending)
        if (ended.outcome !== 'confirmed') throw faultOf(ended)()
        return { status: 'success' as const, message, email: ended.email }
      }
      return once(asked, { run: act, serialize: () => null, replay: () => act(null) })
    },
  )

export const cancelRoute = (app: FastifyInstance, { db, once }: ActDeps) =>
  route(
    app,
    {
      method: 'POST',
      url: '/api/invites/reservations/:id/cancel',
      operationId: 'cancelReservation',
      summary: 'Give the use that is reserved back',
      auth: key('invites:write'),
      params,
      replies: [200, CancelReply],
      errors: [unknownReservation, reservationConfirmed],
      idempotent: true,
    },
    async (asked) => {
      const ending = { id: asked.params.id, audit: auditOf(asked) }
      const act = storingReply(async (connection) => {
        const fate = await cancel(connection ?? db, ending)
        if (fate === 'unknown') throw unknownReservation()
        if (fate === 'confirmed') throw reservationConfirmed()
        return { status: 'success' as const, message: cancelled, reservation_id: ending.id }
      })
      return once(asked, act)
    },
  )
