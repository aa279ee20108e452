// What an admin does to one entry: each act in one statement, with the row that says who and why.

import type { Queryable } from '@vobee/shared/data/database'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { type ScoreParts, scoreParts } from '../line/positions.ts'
import type { Status } from '../line/statuses.ts'

export type ActOutcome<Done> =
  | ({ outcome: 'done' } & Done)
  | { outcome: 'unknown' }
  | { outcome: 'not_waiting'; status: Status }

export type Adjusted = { status: Status; score: number; score_parts: ScoreParts }

const ADJUST = `
  with found as (
    select status from waitlist.entries where id = $1
  ), adjusted as (
    update waitlist.entries as entry set adjusted = adjusted + $2::int, score = score + $2::int
    where id = $1 and status in ('pending', 'waiting')
    returning id, status, score, ${scoreParts('entry')} as score_parts
  ), audited as (${logActions(
    'waitlist',
    3,
    `select 'waitlist.score_adjusted', id::text, jsonb_build_object('by', $2::int, 'score', score)
     from adjusted`,
  )})
  select case when adjusted.id is null then 'not_waiting' else 'done' end as outcome,
         coalesce(adjusted.status, found.status) as status, score, score_parts
  from found left join adjusted on true`

/** Adds `by` to the score of one who waits, or takes it. */
export const adjustScore = async (
  db: Queryable,
  id: string,
  { by, audit }: { by: number; audit: Audit },
): Promise<ActOutcome<Adjusted>> => {
  const { rows } = await db.query(ADJUST, [id, by, audit])
  return rows[0] ?? { outcome: 'unknown' }
}

// Who is removed already stays so: asked again, the same answer, and no second row of the act.
const REMOVE = `
  with found as (
    select status from waitlist.entries where id = $1
  ), removed as (
    update waitlist.entries set status = 'removed'
    where id = $1 and status in ('pending', 'waiting')
    returning id
  ), audited as (${logActions(
    'waitlist',
    2,
    `select 'waitlist.removed', id::text, null::jsonb from removed`,
  )})
  select case when exists (select from removed) or status = 'removed' then 'done'
         else 'not_waiting' end as outcome, status
  from found`

/** Takes one who waits off the list. */
export const removeEntry = async (
  db: Queryable,
  id: string,
  audit: Audit,
): Promise<ActOutcome<object>> => {
  const { rows } = await db.query(REMOVE, [id, audit])
  return rows[0] ?? { outcome: 'unknown' }
}
