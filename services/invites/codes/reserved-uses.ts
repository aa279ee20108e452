// Which reservations hold a use, as SQL: redeeming, reserving and looking up must agree.
import { raw, type Sql } from '@vobee/shared/data/sql'

/** SQL: whether the row `held` holds a use: not cancelled, not expired, and not redeemed. */
export const holdsUse = (held: string): Sql =>
  raw(`
    ${held}.cancelled_at is null and ${held}.expires_at > now() and not exists (
      select from invites.uses as redeemed
      where redeemed.code_id = ${held}.code_id and redeemed.person = ${held}.person
    )`)

export const reservationStates = ['active', 'confirmed', 'cancelled', 'expired'] as const
export type ReservationState = (typeof reservationStates)[number]

/** SQL: the state of the row `held`. A person who redeemed has confirmed, on whichever way. */
export const reservationState = (held: string): Sql =>
  raw(`
    case when ${held}.cancelled_at is not null then 'cancelled'
         when ${held}.confirmed_at is not null or exists (
           select from invites.uses as redeemed
           where redeemed.code_id = ${held}.code_id and redeemed.person = ${held}.person
         ) then 'confirmed'
         when ${held}.expires_at <= now() then 'expired'
         else 'active' end`)

/** SQL: how many uses of the limited code in the row `code` are reserved. */
export const reservedUses = (code: string): Sql =>
  raw(`
    case when ${code}.reserved_until > now() then (
      select count(*)::int from invites.reservations as held
      where held.code_id = ${code}.id and ${holdsUse('held').text}
    ) else 0 end`)
