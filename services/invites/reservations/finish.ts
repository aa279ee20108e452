// Finishing a reservation: it is confirmed or cancelled. Its row decides between concurrent calls.
import { type Queryable, type Transactable, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import type { ReservationState } from '../codes/reserved-uses.ts'
import { type Failure, type NewUse, redeem } from '../redemption/redeem.ts'
import { findReservation } from './find-reservation.ts'

/** The state of a reservation that cannot be confirmed or cancelled. */
export type FinalState = 'unknown' | Exclude<ReservationState, 'active'>

export type Confirmation =
  | { outcome: 'confirmed'; code: string; email: string }
  | { outcome: Exclude<FinalState, 'confirmed'> }
  | { outcome: 'not_redeemed'; failure: Failure }

const lockReservation = (id: string) => sql`
  select code.code, email, person
  from invites.reservations as reservation join invites.codes as code on code.id = code_id
  where reservation.id = ${id} and cancelled_at is null
    and (confirmed_at is not null or reservation.expires_at > now())
  for update of reservation`

const confirmReservation = (id: string, audit: Audit) => sql`
  with confirmed as (
    update invites.reservations set confirmed_at = now()
    where id = ${id} and confirmed_at is null
    returning id, code_id
  )
  ${logActions(
    'invites',
    audit,
    sql`select 'invites.confirmed', id::text, jsonb_build_object('code_id', code_id) from confirmed`,
  )}`

const findFinalState = async (db: Queryable, id: string) => {
  const found = await findReservation(db, id)
  if (!found) return { outcome: 'unknown' as const }
  const { code, email, state } = found
  return { outcome: state as Exclude<FinalState, 'unknown'>, code, email }
}

/** Redeems the reserved use. A confirmed reservation is confirmed again without another effect. */
export const confirm = (db: Transactable, id: string, audit: Audit): Promise<Confirmation> =>
  transaction(db, async (connection) => {
    const { rows } = await connection.query<NewUse>(lockReservation(id))
    const use = rows[0]
    if (!use) return findFinalState(connection, id)
    const [failure] = await redeem(connection, [use])
    if (failure && failure !== 'redeemed') return { outcome: 'not_redeemed', failure }
    await connection.query(confirmReservation(id, audit))
    return { outcome: 'confirmed', code: use.code, email: use.email }
  })

const cancelReservation = (id: string, audit: Audit) => sql`
  with cancelled as (
    update invites.reservations as reservation set cancelled_at = now()
    where id = ${id} and confirmed_at is null and cancelled_at is null and not exists (
      select from invites.uses
      where uses.code_id = reservation.code_id and uses.person = reservation.person
    )
    returning id, code_id
  ), logged as (${logActions(
    'invites',
    audit,
    sql`select 'invites.cancelled', id::text, jsonb_build_object('code_id', code_id) from cancelled`,
  )})
  select from cancelled`

/** Releases the reserved use. Returns the reservation's state, which is final. */
export const cancel = async (db: Queryable, id: string, audit: Audit): Promise<FinalState> => {
  const { rowCount } = await db.query(cancelReservation(id, audit))
  return rowCount ? 'cancelled' : (await findFinalState(db, id)).outcome
}
