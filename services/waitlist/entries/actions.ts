// What an admin does to one entry: each action is one statement that also logs it.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { type ScoreParts, scoreParts } from '../line/positions.ts'
import type { Status } from '../line/statuses.ts'

export type ActionOutcome<Done> =
  | ({ outcome: 'done' } & Done)
  | { outcome: 'unknown' }
  | { outcome: 'not_waiting'; status: Status }

export type Adjusted = { status: Status; score: number; score_parts: ScoreParts }

/** Adds points to the score of a pending or waiting entry; negative points reduce it. */
export const adjustScore = async (
  db: Queryable,
  id: string,
  { by, audit }: { by: number; audit: Audit },
): Promise<ActionOutcome<Adjusted>> => {
  const actions = sql`
    select 'waitlist.score_adjusted', id::text, jsonb_build_object('by', ${by}::int, 'score', score)
    from adjusted`
  const { rows } = await db.query<ActionOutcome<Adjusted>>(sql`
    with found as (
      select status from waitlist.entries where id = ${id}
    ), adjusted as (
      update waitlist.entries as entry
      set adjusted = adjusted + ${by}::int, score = score + ${by}::int
      where id = ${id} and status in ('pending', 'waiting')
      returning id, status, score, ${scoreParts('entry')} as score_parts
    ), logged as (${logActions('waitlist', audit, actions)})
    select case when adjusted.id is null then 'not_waiting' else 'done' end as outcome,
           coalesce(adjusted.status, found.status) as status, score, score_parts
    from found left join adjusted on true`)
  return rows[0] ?? { outcome: 'unknown' }
}

/**
 * Removes a pending or waiting entry from the list. A removed entry stays removed: a repeated
 * removal is done as well, and is not logged again.
 */
export const removeEntry = async (
  db: Queryable,
  id: string,
  audit: Audit,
): Promise<ActionOutcome<object>> => {
  const actions = sql`select 'waitlist.removed', id::text, null::jsonb from removed`
  const { rows } = await db.query<ActionOutcome<object>>(sql`
    with found as (
      select status from waitlist.entries where id = ${id}
    ), removed as (
      update waitlist.entries set status = 'removed'
      where id = ${id} and status in ('pending', 'waiting')
      returning id
    ), logged as (${logActions('waitlist', audit, actions)})
    select case when exists (select from removed) or status = 'removed' then 'done'
           else 'not_waiting' end as outcome, status
    from found`)
  return rows[0] ?? { outcome: 'unknown' }
}
