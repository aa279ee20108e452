// Payments: recorded by person key, and applied to the referrals of the person.
import { inChunks } from '@vobee/shared/data/chunks'
import type { Queryable } from '@vobee/shared/data/database'
import { raw, sql } from '@vobee/shared/data/sql'

/** Days for which the payment of a person without a referral is stored. */
export const PAYMENT_DAYS = 30

const days = raw(`interval '${PAYMENT_DAYS} days'`)

export type Payment = {
  person: string
  /** An ISO 8601 time; null: now. A time in the future counts as now. */
  at: string | null
}

/**
 * Records a payment. The earliest one decides, whichever arrives first. Returns whether it is the
 * first that arrived in 30 days.
 */
export const recordPayment = async (db: Queryable, { person, at }: Payment): Promise<boolean> => {
  const { rows } = await db.query<{ is_first: boolean }>(sql`
    insert into referrals.payments as payment (person, paid_at)
    values (${person}, least(${at}::timestamptz, now()))
    on conflict (person) do update set
      paid_at = case when payment.recorded_at > now() - ${days}
        then least(payment.paid_at, excluded.paid_at) else excluded.paid_at end,
      recorded_at = case when payment.recorded_at > now() - ${days}
        then payment.recorded_at else now() end
    returning recorded_at = now() as is_first`)
  return rows[0]?.is_first === true
}

// A payment that was applied to one referral of a person counts for another one of theirs too.
const earliest = sql`
  select min(known.paid_at)
  from (
    select paid_at from referrals.payments
    where person = referred.person and recorded_at > now() - ${days}
    union all
    select paid_at from referrals.referrals where referred_user_id = referred.id
  ) as known`

/**
 * Applies payments to the referrals of people, by person key. The caller holds `lockAttribution`.
 */
export const applyPayments = (db: Queryable, people: readonly string[]) =>
  db.query(sql`
    with paid as (
      select referred.id, (${earliest}) as at
      from referrals.members as referred
      where person = any (${people})
    )
    update referrals.referrals as referral set paid_at = paid.at
    from paid
    where referral.referred_user_id = paid.id and referral.state <> 'claimed'
      and paid.at < coalesce(referral.paid_at, 'infinity')`)

const deleteExpired = (limit: number) => sql`
  delete from referrals.payments
  where person = any (array(
    select person from referrals.payments
    where recorded_at <= now() - ${days}
    order by recorded_at limit ${limit} for update skip locked
  ))`

/** Deletes payments after 30 days; returns how many. Those of a referral stay in `paid_at`. */
export const deleteOldPayments = (db: Queryable) => inChunks(db, deleteExpired)
