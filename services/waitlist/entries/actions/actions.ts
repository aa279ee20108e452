// What an admin does to one entry: each action is one statement that also logs it.
import type { Queryable } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { type ScoreParts, scoreParts } from '../../line/positions.ts'
import type { Status } from '../../line/statuses.ts'
import { type RestoreTerms, removeChosen, restoreChosen } from './removal.ts'

export type ActionOutcome<Done> =
  | ({ outcome: 'done' } & Done)
  | { outcome: 'unknown' }
  | { outcome: 'not_waiting'; status: Status }

/** SQL: the arrival of the entry with an id. */
export const arrivalOf = (id: string) => sql`select arrival from waitlist.entries where id = ${id}`

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
  const { rows } = await db.query<ActionOutcome<object>>(sql`
    with found as (
      select status from waitlist.entries where id = ${id}
    ), ${removeChosen(arrivalOf(id), audit)}
    select case when exists (select from removed) or status = 'removed' then 'done'
           else 'not_waiting' end as outcome, status
    from found`)
  return rows[0] ?? { outcome: 'unknown' }
}

/**
 * Restores a removed entry: the same arrival and score, so the same position. An entry in any other
 * status stays as it is. Returns whether this call restored it; null if there is no entry.
 */
export const restoreEntry = async (
  db: Queryable,
  id: string,
  terms: RestoreTerms,
): Promise<boolean | null> => {
  const { rows } = await db.query<{ restored: boolean }>(sql`
    with ${restoreChosen(arrivalOf(id), terms)}
    select exists (select from restored) as restored, (select count(*) from published) as published
    from waitlist.entries where id = ${id}`)
  return rows[0]?.restored ?? null
}
