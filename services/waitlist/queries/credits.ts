// Referrals that count, and what they add to the score of who sent them.
import type { Queryable } from '@vobee/shared/database'
import { CREDIT_SCORE, CREDITS_MAX } from '../priority.ts'

/**
 * Adds every credit whose owner is on the list to the owner's score, once. One that comes before
 * its owner stays until the owner has joined, so that joining need not look for credits.
 */
export const applyCredits = (db: Queryable) =>
  db.query(
    `with due as (
       select credit.referral_id, credit.person
       from waitlist.credits as credit
       join waitlist.entries as entry using (person)
       where credit.applied_at is null
       order by credit.person
       for update of credit skip locked
     ), applied as (
       update waitlist.credits as credit set applied_at = now()
       from due where credit.referral_id = due.referral_id
       returning credit.person
     ), earned as (
       select person, count(*)::int as credits from applied group by person
     )
     update waitlist.entries as entry
     set credits = entry.credits + earned.credits,
         score = entry.answers_score
           + least((entry.credits + earned.credits) * $1, $2)
     from earned where entry.person = earned.person`,
    [CREDIT_SCORE, CREDITS_MAX],
  )

/** Keeps referrals that count, each once, and adds what can be added. */
export const creditReferrals = async (
  db: Queryable,
  credits: { referral_id: string; referrer: string }[],
) => {
  await db.query(
    `insert into waitlist.credits (referral_id, person)
     select * from unnest($1::uuid[], $2::text[])
     on conflict do nothing`,
    [credits.map((credit) => credit.referral_id), credits.map((credit) => credit.referrer)],
  )
  await applyCredits(db)
}
