// Records that a person paid, and derives from it what their referral is worth.
import type { Transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { type Payment, recordPayment } from '../counting/payments.ts'
import { type ReferralTerms, refreshPeople } from '../counting/refresh.ts'

export type Recorded = {
  /** Null: the person has no referral yet. */
  referral: { id: string; isVoid: boolean } | null
  /** Whether it is the first payment of the person that arrived in 30 days. */
  isFirst: boolean
}

/** Returns the person key of a member. */
export const getPerson = async (db: Transaction, member: string): Promise<string> => {
  const { rows } = await db.query<{ person: string }>(
    sql`select person from referrals.members where id = ${member}`,
  )
  return (rows[0] as { person: string }).person
}

const findReferral = async (db: Transaction, person: string) => {
  const { rows } = await db.query<{ id: string; isVoid: boolean }>(sql`
    select referral.id, state = 'void' as "isVoid"
    from referrals.members as referred
    join referrals.referrals as referral on referral.referred_user_id = referred.id
    where person = ${person} and state <> 'claimed'
    order by state = 'void', referral.created_at
    limit 1`)
  return rows[0] ?? null
}

/** Records a payment and refreshes the referral of the person. The caller holds `lockAttribution`. */
export const recordConversion = async (
  db: Transaction,
  payment: Payment,
  terms: ReferralTerms,
): Promise<Recorded> => {
  const isFirst = await recordPayment(db, payment)
  await refreshPeople(db, [payment.person], terms)
  return { referral: await findReferral(db, payment.person), isFirst }
}
