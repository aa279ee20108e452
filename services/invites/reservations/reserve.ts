// Two steps for hosts whose own sign-up can fail: a use is held for somebody, then taken or given
// back. Nobody need do anything for it to be given back when its time is over.

import { type Queryable, type Transactable, transaction } from '@vobee/shared/data/database'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { codeStatus } from '../codes/code-status.ts'
import { holdsUse } from '../codes/reserved-uses.ts'
import type { Redemption } from '../redemption/redeem.ts'

export type Reservation = { reservation_id: string; code: string; expires_at: string }

export type Reserving = { code: string; email: string; person: string; ttl: number; audit: Audit }

export type Reserved =
  | ({ outcome: 'held' } & Reservation)
  | { outcome: Exclude<Redemption, 'redeemed'> }

// One person reserves one thing at a time, and who reserves a limited code holds its row: the
// statement after these sees all that others did before.
const TAKE_TURN = 'select pg_advisory_xact_lock(hashtextextended($1, 0))'
const HOLD_CODE = `
  select from invites.codes
  where upper(code collate "C") = upper($1 collate "C") and uses_left > 0
  for update`

const RESERVE = `
  with code as (
    select *, coalesce(issued_person = $2, true) as yours, ${codeStatus('codes')} as status,
           exists (select from invites.uses where code_id = codes.id and person = $2) as before
    from invites.codes
    where upper(code collate "C") = upper($1 collate "C")
  ), reserved as (
    select from invites.reservations as reservation join code on code.id = code_id
    where code.uses_left is not null and ${holdsUse('reservation')}
  ), mine as (
    select reservation.id, reservation.expires_at
    from invites.reservations as reservation join code on code.id = code_id
    where person = $2 and cancelled_at is null and reservation.expires_at > now()
    order by reservation.created_at desc limit 1
  ), judged as (
    select *, case when before then 'held'
                   when not yours then 'not_yours'
                   when status <> 'active' then status
                   when exists (select from mine) then 'held'
                   when uses_left <= (select count(*) from reserved) then 'reserved'
                   else 'held' end as outcome
    from code
  ), made as (
    insert into invites.reservations (code_id, person, email, expires_at)
    select id, $2, $3, least(now() + make_interval(secs => $4), expires_at)
    from judged where outcome = 'held' and not exists (select from mine)
    returning id, code_id, expires_at
  ), marked as (
    update invites.codes as code
    set reserved_until = greatest(code.reserved_until, made.expires_at)
    from made where code.id = made.code_id and code.uses_left is not null
  ), audited as (${logActions(
    'invites',
    5,
    `select 'invites.reserved', id::text, jsonb_build_object('code_id', code_id) from made`,
  )})
  select outcome, code, coalesce(made.id, mine.id) as reservation_id,
         coalesce(made.expires_at, mine.expires_at) as expires_at
  from judged left join made on true left join mine on true`

/** Holds a use for `ttl` seconds, at most until the code expires; the same person's is the same. */
export const reserve = (db: Transactable, asked: Reserving): Promise<Reserved> =>
  transaction(db, async (connection) => {
    const { code, email, person, ttl, audit } = asked
    await connection.query(TAKE_TURN, [person])
    await connection.query(HOLD_CODE, [code])
    const values = [code, person, email, ttl, audit]
    const { rows } = await connection.query<Reserved>(RESERVE, values)
    return rows[0] ?? { outcome: 'unknown' }
  })

export const findReservation = async (db: Queryable, id: string): Promise<Reservation | null> => {
  const { rows } = await db.query<Reservation>(
    `select reservation.id as reservation_id, code, reservation.expires_at
     from invites.reservations as reservation join invites.codes as code on code.id = code_id
     where reservation.id = $1`,
    [id],
  )
  return rows[0] ?? null
}

/** The seconds until the first reservation of a code ends: when another use may be free. */
export const untilFree = async (db: Queryable, code: string): Promise<number> => {
  const { rows } = await db.query<{ seconds: number }>(
    `select greatest(1, ceil(extract(epoch from min(reservation.expires_at) - now()))) as seconds
     from invites.reservations as reservation join invites.codes as code on code.id = code_id
     where upper(code.code collate "C") = upper($1 collate "C") and ${holdsUse('reservation')}`,
    [code],
  )
  return rows[0]?.seconds ?? 1
}
