// Reservations, for hosts whose own sign-up can fail: a use is reserved for a person, then redeemed or
// released. It is released automatically when the reservation expires.
import { type Transactable, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { codeStatus } from '../codes/code-status.ts'
import { isCode } from '../codes/find-code.ts'
import { holdsUse } from '../codes/reserved-uses.ts'
import type { Failure } from '../redemption/redeem.ts'
import type { Reservation } from './find-reservation.ts'

export type NewReservation = {
  code: string
  email: string
  person: string
  /** Seconds. */
  ttl: number
  audit: Audit
}

export type Granted = Omit<Reservation, 'email' | 'created_at'>

export type Reserved = ({ outcome: 'granted' } & Granted) | { outcome: Failure }

// One person makes one reservation at a time, and the row of a limited code is locked: the statement
// after these sees what earlier transactions did.
const lockPerson = (person: string) =>
  sql`select pg_advisory_xact_lock(hashtextextended(${person}, 0))`
const lockCode = (code: string) =>
  sql`select from invites.codes where ${isCode(code)} and uses_left > 0 for update`

const insertReservation = ({ code, email, person, ttl, audit }: NewReservation) => sql`
  with code as (
    select *, coalesce(issued_person = ${person}, true) as is_recipient,
           ${codeStatus('codes')} as status,
           exists (
             select from invites.uses where code_id = codes.id and person = ${person}
           ) as has_redeemed
    from invites.codes
    where ${isCode(code)}
  ), reserved as (
    select from invites.reservations as reservation join code on code.id = code_id
    where code.uses_left is not null and ${holdsUse('reservation')}
  ), existing as (
    select reservation.id, reservation.expires_at
    from invites.reservations as reservation join code on code.id = code_id
    where person = ${person} and cancelled_at is null and reservation.expires_at > now()
    order by reservation.created_at desc limit 1
  ), decided as (
    select *, case when has_redeemed then 'granted'
                   when not is_recipient then 'not_yours'
                   when status <> 'active' then status
                   when exists (select from existing) then 'granted'
                   when uses_left <= (select count(*) from reserved) then 'reserved'
                   else 'granted' end as outcome
    from code
  ), created as (
    insert into invites.reservations (code_id, person, email, expires_at)
    select id, ${person}, ${email}, least(now() + make_interval(secs => ${ttl}), expires_at)
    from decided
    where outcome = 'granted' and not exists (select from existing)
    returning id, code_id, expires_at
  ), extended as (
    update invites.codes as code
    set reserved_until = greatest(code.reserved_until, created.expires_at)
    from created where code.id = created.code_id and code.uses_left is not null
  ), logged as (${logActions(
    'invites',
    audit,
    sql`select 'invites.reserved', id::text, jsonb_build_object('code_id', code_id) from created`,
  )})
  select outcome, code, case when has_redeemed then 'confirmed' else 'active' end as state,
         coalesce(created.id, existing.id) as reservation_id,
         coalesce(created.expires_at, existing.expires_at) as expires_at
  from decided left join created on true left join existing on true`

/**
 * Reserves a use for `ttl` seconds, at most until the code expires. A person who has a reservation
 * of the code gets the same one.
 */
export const reserve = (db: Transactable, reservation: NewReservation): Promise<Reserved> =>
  transaction(db, async (connection) => {
    await connection.query(lockPerson(reservation.person))
    await connection.query(lockCode(reservation.code))
    const { rows } = await connection.query<Reserved>(insertReservation(reservation))
    return rows[0] ?? { outcome: 'unknown' }
  })
