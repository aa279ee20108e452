// How a reservation ends: as a use, or given back. Of two who end one at once, its row lets one.

import { type Queryable, type Transactable, transaction } from '@vobee/shared/data/database'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { type NewUse, type Redemption, redeem } from '../redemption/redeem.ts'

/** Which reservation, and who ends it. */
export type Ending = { id: string; audit: Audit }

/** What became of a reservation that can't be ended any more. */
export type Fate = 'unknown' | 'confirmed' | 'cancelled' | 'expired'

export type Confirmation =
  | { outcome: 'confirmed'; email: string }
  | { outcome: Exclude<Fate, 'confirmed'> }
  | { outcome: 'refused'; refusal: Exclude<Redemption, 'redeemed'> }

const HOLD = `
  select code.code, email, person
  from invites.reservations as reservation join invites.codes as code on code.id = code_id
  where reservation.id = $1 and cancelled_at is null
    and (confirmed_at is not null or reservation.expires_at > now())
  for update of reservation`

const CONFIRM = `
  with confirmed as (
    update invites.reservations set confirmed_at = now()
    where id = $1 and confirmed_at is null
    returning id, code_id
  )
  ${logActions(
    'invites',
    2,
    `select 'invites.confirmed', id::text, jsonb_build_object('code_id', code_id) from confirmed`,
  )}`

const FATE = `
  select email,
         case when cancelled_at is not null then 'cancelled'
              when exists (
                select from invites.uses
                where uses.code_id = reservation.code_id and uses.person = reservation.person
              ) then 'confirmed'
              else 'expired' end as outcome
  from invites.reservations as reservation where id = $1`

const fateOf = async (db: Queryable, id: string) => {
  type Known = { outcome: Exclude<Fate, 'unknown'>; email: string }
  const { rows } = await db.query<Known>(FATE, [id])
  return rows[0] ?? { outcome: 'unknown' as const }
}

/** Makes the use of a reservation that is still good, as redeeming would; again: the same. */
export const confirm = (db: Transactable, { id, audit }: Ending): Promise<Confirmation> =>
  transaction(db, async (connection) => {
    const { rows } = await connection.query<NewUse>(HOLD, [id])
    const use = rows[0]
    if (!use) return fateOf(connection, id)
    const [refusal] = await redeem(connection, [use])
    if (refusal && refusal !== 'redeemed') return { outcome: 'refused', refusal }
    await connection.query(CONFIRM, [id, audit])
    return { outcome: 'confirmed', email: use.email }
  })

const CANCEL = `
  with cancelled as (
    update invites.reservations as reservation set cancelled_at = now()
    where id = $1 and confirmed_at is null and cancelled_at is null and not exists (
      select from invites.uses
      where uses.code_id = reservation.code_id and uses.person = reservation.person
    )
    returning id, code_id
  ), audited as (${logActions(
    'invites',
    2,
    `select 'invites.cancelled', id::text, jsonb_build_object('code_id', code_id) from cancelled`,
  )})
  select from cancelled`

/** Gives the use of a reservation back, at once; again, or after its time: the same. */
export const cancel = async (db: Queryable, { id, audit }: Ending) => {
  const { rowCount } = await db.query(CANCEL, [id, audit])
  return rowCount ? 'cancelled' : (await fateOf(db, id)).outcome
}

const TIDY = `
  delete from invites.reservations where id in (
    select id from invites.reservations
    where expires_at < now() - make_interval(days => $1)
    order by expires_at limit $2
    for update skip locked
  )`

/** Forgets reservations whose time was over `days` ago, `chunk` at a time. */
export const tidyReservations = async (db: Queryable, days: number, chunk = 2_000) => {
  let gone: number | null
  do {
    gone = (await db.query(TIDY, [days, chunk])).rowCount
  } while (gone === chunk)
}
