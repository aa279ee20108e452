// What referrals that count add to a score.

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
