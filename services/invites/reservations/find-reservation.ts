import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { type ReservationState, reservationState } from '../codes/reserved-uses.ts'

export type Reservation = {
  reservation_id: string
  code: string
  email: string
  state: ReservationState
  created_at: string
  expires_at: string
}

/** Returns a reservation with its present state; null if it does not exist. */
export const findReservation = async (db: Queryable, id: string): Promise<Reservation | null> => {
  const { rows } = await db.query<Reservation>(sql`
    select reservation.id as reservation_id, code, email, ${reservationState('reservation')} as state,
           created_at, reservation.expires_at
    from invites.reservations as reservation join invites.codes as code on code.id = code_id
    where reservation.id = ${id}`)
  return rows[0] ?? null
}
