// What referrals that count add to a score.
import { type Sql, sql } from '@vobee/shared/data/sql'
import { documentedScoring } from './document.ts'

/** SQL: the scoring document of a version; version 0 is the documented one. */
export const scoringOf = (version: Sql): Sql => sql`
  coalesce(
    (select document from waitlist.scoring where id = ${version}),
    ${JSON.stringify(documentedScoring)}::jsonb
  )`

/** SQL: the points that this many credits add to a score, by a scoring document. */
export const referralScore = (credits: Sql, scoring: Sql): Sql => sql`(
  select least(
    ${credits}::bigint * (document #>> '{referrals,points}')::int,
    (document #>> '{referrals,points_max}')::int
  )::int
  from (select ${scoring} as document) as scored
)`
