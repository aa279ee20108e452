// Referrals that count, and what they add to the score of who sent them.
import type { Queryable } from '@vobee/shared/data/database'
import { documentedScoring } from '../scoring/document.ts'
import { referralScore } from '../scoring/referral-score.ts'

// Entries are locked first, in the order of their key, as joins lock them: who is erased meanwhile
// takes their credits along. One that a re-scoring changed meanwhile is scored as it is then: with
// its own version, whichever comes first.
const APPLY = `
  with due as (
    select distinct person
    from waitlist.credits join waitlist.entries using (person)
    where applied_at is null
  ), held as materialized (
    select entry.arrival, entry.person, entry.score as score_before
    from waitlist.entries as entry join due using (person)
    order by entry.person
    for no key update of entry
  ), applied as (
    update waitlist.credits as credit set applied_at = now()
    from held where credit.person = held.person and credit.applied_at is null
    returning credit.person
  ), earned as (
    select person, count(*)::int as credits from applied group by person
  ), credited as (
    update waitlist.entries as entry
    set credits = entry.credits + earned.credits,
        score = entry.answers_score + entry.adjusted
          + ${referralScore('(entry.credits + earned.credits)', 'entry.scored_with', 1)}
    from held join earned using (person) where entry.arrival = held.arrival
    returning entry.id, entry.status, entry.score > held.score_before as has_risen
  )
  select id from credited where status = 'waiting' and has_risen`

/**
 * Adds every credit whose owner is on the list to the owner's score, once. One that comes before
 * its owner stays until the owner has joined, so that joining need not look for credits.
 * @returns the entries that wait and score more by it.
 */
export const applyCredits = async (db: Queryable): Promise<string[]> => {
  const { rows } = await db.query<{ id: string }>(APPLY, [JSON.stringify(documentedScoring)])
  return rows.map(({ id }) => id)
}

/** Forgets credits that nobody has: of who was erased before they came. */
export const forgetCredits = (db: Queryable, person: string) =>
  db.query('delete from waitlist.credits where person = $1 and applied_at is null', [person])

/** Keeps referrals that count, each once, and adds what can be added; gives what `applyCredits` does. */
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
  return applyCredits(db)
}
