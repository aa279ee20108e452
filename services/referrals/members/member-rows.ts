// SQL: the rows of members that a verified token names.
import type { Member } from '@vobee/shared/auth/callers'
import type { Queryable } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'
import { maskEmail } from '@vobee/shared/privacy/masked-email'

export type MemberRow = {
  id: string
  person: string
  host_user_id: string | null
  masked: string | null
  confirmed: boolean
  is_blocked: boolean
}

const columns = sql`
  id, person, host_user_id, masked, confirmed, blocked_at is not null as is_blocked`

/**
 * Returns the row of a caller, which is the one with the person key, or else the one with the id of
 * the host user; and as `previous` the row from which that id moves.
 */
export const findRows = async (db: Queryable, { person, hostUserId }: Member) => {
  const statement = sql`
    select ${columns} from referrals.members where person = ${person}
    union all
    select ${columns} from referrals.members
    where host_user_id = ${hostUserId} and person <> ${person}`
  const { rows } = await db.query<MemberRow>(prepared('member-rows', statement))
  const row = rows.find((one) => one.person === person) ?? rows[0]
  return { row, previous: rows.find((one) => one !== row) }
}

/** Returns the row of a person, and inserts one for a person who is not known yet. */
export const findOrInsertRow = async (db: Queryable, person: string): Promise<MemberRow> => {
  const { rows } = await db.query<MemberRow>(sql`
    insert into referrals.members as member (person) values (${person})
    on conflict (person) do update set known_at = member.known_at
    returning ${columns}`)
  return rows[0] as MemberRow
}

export const removeHostUserId = (db: Queryable, id: string) =>
  db.query(sql`update referrals.members set host_user_id = null where id = ${id}`)

/** Marks the referrals between two members, by id, who are one user of the host application. */
export const markSelfReferrals = (db: Queryable, one: string, other: string) =>
  db.query(sql`
    update referrals.referrals set is_self = true
    where (referrer_user_id, referred_user_id) in ((${one}, ${other}), (${other}, ${one}))
      and not is_self`)

/** Stores what a token says about a member. A verified address of the host counts as confirmed. */
export const storeIdentity = (db: Queryable, id: string, { person, hostUserId, email }: Member) =>
  db.query(sql`
    update referrals.members
    set masked = case when person = ${person} and masked is not null then masked
                      else ${maskEmail(email)} end,
        person = ${person},
        host_user_id = coalesce(${hostUserId}, host_user_id),
        confirmed = confirmed or ${hostUserId !== null}
    where id = ${id}`)

/** Moves the stored payment of a person to their new person key. */
export const movePayment = (db: Queryable, from: string, to: string) =>
  db.query(sql`
    with moved as (
      delete from referrals.payments where person = ${from} and person <> ${to}
      returning paid_at, recorded_at
    )
    insert into referrals.payments as payment (person, paid_at, recorded_at)
    select ${to}, paid_at, recorded_at from moved
    on conflict (person) do update set
      paid_at = least(payment.paid_at, excluded.paid_at),
      recorded_at = greatest(payment.recorded_at, excluded.recorded_at)`)

type Change = { action: 'address_changed' | 'host_user_moved'; from: string; to: string }

/** Logs that a host user has another address now: the same member, or another one by that address. */
export const logChange = (db: Queryable, { action, from, to }: Change) =>
  db.query(sql`
    insert into referrals.automation_logs (service, action, status, user_id, details)
    values ('referrals', ${action}, 'success', ${to}, ${JSON.stringify({ from, to })})`)
