// Referrals that count, and what they add to the score of the referrer.
import type { Queryable } from '@vobee/shared/data/database'
import { empty, sql } from '@vobee/shared/data/sql'
import type { Payload } from '@vobee/shared/events/catalogue'
import { referralScore, scoringOf } from '../scoring/referral-score.ts'

type Credit = Pick<
  Payload<'referrals.credited'>['referrals'][number],
  'referral_id' | 'revision' | 'referrer'
>

// The predicate of the index credits_to_apply.
const isDue = sql`counts <> (applied_at is not null)`

/**
 * Brings the scores of owners who are on the list to their credits: each credit is added once, and
 * subtracted once when it no longer counts. A credit that arrives before its owner stays due until
 * the owner has joined, so a join does not look for credits.
 * @param people whose credits to apply; all without it.
 * @returns the waiting entries whose score rose.
 */
export const applyCredits = async (
  db: Queryable,
  people?: readonly string[],
): Promise<string[]> => {
  const ofPeople = people ? sql`and person = any (${people})` : empty
  // Entries are locked first, in the order of their key, as joins lock them: an erasure takes the
  // credits with it. A credited score uses the scoring version of its entry, so credits and a
  // re-scoring may come in any order.
  const { rows } = await db.query<{ id: string }>(sql`
    with due as (
      select distinct person
      from waitlist.credits join waitlist.entries using (person)
      where ${isDue} ${ofPeople}
    ), locked as materialized (
      select entry.arrival, entry.person, entry.score as score_before
      from waitlist.entries as entry join due using (person)
      order by entry.person
      for no key update of entry
    ), applied as (
      update waitlist.credits as credit set applied_at = case when counts then now() end
      from locked where credit.person = locked.person and ${isDue}
      returning credit.person, case when counts then 1 else -1 end as change
    ), changed as (
      select person, sum(change)::int as credits from applied group by person
    ), credited as (
      update waitlist.entries as entry
      set credits = entry.credits + changed.credits,
          score = entry.answers_score + entry.adjusted + ${referralScore(
            sql`(entry.credits + changed.credits)`,
            scoringOf(sql`entry.scored_with`),
          )}
      from locked join changed using (person) where entry.arrival = locked.arrival
      returning entry.id, entry.status, entry.score > locked.score_before as has_risen
    )
    select id from credited where status = 'waiting' and has_risen`)
  return rows.map(({ id }) => id)
}

/** Deletes credits that no entry owns: those of a person who was erased before they arrived. */
export const deleteOrphanedCredits = (db: Queryable, person: string) =>
  db.query(sql`delete from waitlist.credits where person = ${person} and applied_at is null`)

// A credit belongs to the person whose score includes it, also if the referrer has another person
// key by now.
const lockOwners = (credits: readonly Credit[]) => sql`
  select from waitlist.entries
  where person = any (array(
    select unnest(${credits.map((credit) => credit.referrer)}::text[])
    union
    select person from waitlist.credits
    where referral_id = any (${credits.map((credit) => credit.referral_id)})
  ))
  order by person
  for no key update`

const storeCredits = (credits: readonly Credit[], counts: boolean) => sql`
  insert into waitlist.credits as credit (referral_id, person, revision, counts)
  select distinct on (referral_id) referral_id, person, revision, ${counts}::boolean
  from unnest(
    ${credits.map((credit) => credit.referral_id)}::uuid[],
    ${credits.map((credit) => credit.referrer)}::text[],
    ${credits.map((credit) => credit.revision ?? 0)}::int[]
  ) as received (referral_id, person, revision)
  order by referral_id, revision desc
  on conflict (referral_id) do update set
    revision = excluded.revision, counts = excluded.counts,
    person = case when credit.applied_at is null then excluded.person else credit.person end
  where credit.revision < excluded.revision
  returning person`

const changeCredits = async (db: Queryable, credits: readonly Credit[], counts: boolean) => {
  await db.query(lockOwners(credits))
  const { rows } = await db.query<{ person: string }>(storeCredits(credits, counts))
  return applyCredits(
    db,
    rows.map(({ person }) => person),
  )
}

/**
 * Stores referrals that count, unless a higher revision of them is known, and applies them. Returns
 * what `applyCredits` returns.
 */
export const creditReferrals = (db: Queryable, credits: readonly Credit[]) =>
  changeCredits(db, credits, true)

/** Takes back what referrals added that no longer count, unless a higher revision is known. */
export const voidCredits = async (db: Queryable, credits: readonly Credit[]): Promise<void> => {
  await changeCredits(db, credits, false)
}
