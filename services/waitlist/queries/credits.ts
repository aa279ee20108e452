// Referrals that count, and what they add to the score of who sent them.
import type { Queryable } from '@vobee/shared/database'
import { documentedScoring } from '../scoring.ts'

/**
 * SQL: what so many credits add to a score by the scoring of that version; `$n` is the documented
 * one, version 0.
 */
export const referralScore = (credits: string, version: string, n: number) => `(
  select least(
    ${credits}::bigint * (document #>> '{referrals,points}')::int,
    (document #>> '{referrals,points_max}')::int
  )::int
  from (
    select coalesce(
      (select document from waitlist.scoring where id = ${version}), $${n}::jsonb
    ) as document
  ) as scored
)`

// Entries are locked in the order of their key, as joins lock them. One that a re-scoring changed
// meanwhile is scored as it is then: with its own version, whichever comes first.
const APPLY = `
  with due as (
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
  ), held as materialized (
    select entry.arrival, earned.credits
    from waitlist.entries as entry join earned using (person)
    order by entry.person
    for no key update of entry
  )
  update waitlist.entries as entry
  set credits = entry.credits + held.credits,
      score = entry.answers_score + entry.adjusted
        + ${referralScore('(entry.credits + held.credits)', 'entry.scored_with', 1)}
  from held where entry.arrival = held.arrival`

/**
 * Adds every credit whose owner is on the list to the owner's score, once. One that comes before
 * its owner stays until the owner has joined, so that joining need not look for credits.
 */
export const applyCredits = (db: Queryable) => db.query(APPLY, [JSON.stringify(documentedScoring)])

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
