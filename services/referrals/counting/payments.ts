// Payments: recorded by person key, and applied to the referrals of the person.
import { inChunks } from '@vobee/shared/data/chunks'
import type { Queryable } from '@vobee/shared/data/database'
import { prepared, raw, sql } from '@vobee/shared/data/sql'

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

const applyTo = (people: readonly string[]) => sql`
  update referrals.referrals as referral set paid_at = payment.paid_at
  from referrals.payments as payment join referrals.members as referred using (person)
  where payment.person = any (${people}) and payment.recorded_at > now() - ${days}
    and referral.referred_user_id = referred.id and referral.state <> 'claimed'
    and payment.paid_at < coalesce(referral.paid_at, 'infinity')`

/** Applies payments to the referrals of people, by person key. The caller holds `lockAttribution`. */
export const applyPayments = (db: Queryable, people: readonly string[]) =>
  db.query(prepared('apply-payments', applyTo(people)))

const deleteExpired = (limit: number) => sql`
  delete from referrals.payments
  where person = any (array(
    select person from referrals.payments
    where recorded_at <= now() - ${days}
    order by recorded_at limit ${limit} for update skip locked
  ))`

/** Deletes payments after 30 days; returns how many. Those of a referral stay in `paid_at`. */
export const deleteOldPayments = (db: Queryable) => inChunks(db, deleteExpired)
