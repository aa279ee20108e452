// Referrals that count, and what they add to the score of the referrer.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { referralScore, scoringOf } from '../scoring/referral-score.ts'

/**
 * Adds every credit whose owner is on the list to the owner's score, once. A credit that arrives
 * before its owner stays until the owner has joined, so a join does not look for credits.
 * @returns the waiting entries whose score rose.
 */
export const applyCredits = async (db: Queryable): Promise<string[]> => {
  // Entries are locked first, in the order of their key, as joins lock them: an erasure takes the
  // credits with it. A credited score uses the scoring version of its entry, so credits and a
  // re-scoring may come in any order.
  const { rows } = await db.query<{ id: string }>(sql`
    with due as (
      select distinct person
      from waitlist.credits join waitlist.entries using (person)
      where applied_at is null
    ), locked as materialized (
      select entry.arrival, entry.person, entry.score as score_before
      from waitlist.entries as entry join due using (person)
      order by entry.person
      for no key update of entry
    ), applied as (
      update waitlist.credits as credit set applied_at = now()
      from locked where credit.person = locked.person and credit.applied_at is null
      returning credit.person
    ), earned as (
      select person, count(*)::int as credits from applied group by person
    ), credited as (
      update waitlist.entries as entry
      set credits = entry.credits + earned.credits,
          score = entry.answers_score + entry.adjusted + ${referralScore(
            sql`(entry.credits + earned.credits)`,
            scoringOf(sql`entry.scored_with`),
          )}
      from locked join earned using (person) where entry.arrival = locked.arrival
      returning entry.id, entry.status, entry.score > locked.score_before as has_risen
    )
    select id from credited where status = 'waiting' and has_risen`)
  return rows.map(({ id }) => id)
}

/** Deletes credits that no entry owns: those of a person who was erased before they arrived. */
export const deleteOrphanedCredits = (db: Queryable, person: string) =>
  db.query(sql`delete from waitlist.credits where person = ${person} and applied_at is null`)

/** Stores referrals that count, each once, and applies credits. Returns what `applyCredits` returns. */
export const creditReferrals = async (
  db: Queryable,
  credits: { referral_id: string; referrer: string }[],
) => {
  await db.query(sql`
    insert into waitlist.credits (referral_id, person)
    select * from unnest(
      ${credits.map((credit) => credit.referral_id)}::uuid[],
      ${credits.map((credit) => credit.referrer)}::text[]
    )
    on conflict do nothing`)
  return applyCredits(db)
}
