// The statements of a re-scoring.
import type { Queryable } from '@vobee/shared/data/database'
import { empty, type Sql, sql } from '@vobee/shared/data/sql'
import type { Scoring } from './document.ts'
import { referralScore } from './referral-score.ts'
import type { Answers } from './score.ts'

/** Entries in one chunk. */
export const CHUNK = 2_000

/** The newest version, if it is not applied to all entries yet. */
export type DueVersion = {
  version: number
  scoring: Scoring
  /** The arrival of the last entry to re-score; null until `setBound`. */
  until: number | null
  /** The arrival up to which entries are re-scored. */
  done: number
}

/** Returns the version to apply, or undefined. `skipLocked`: locks it, unless another replica has. */
export const findDue = async (
  db: Queryable,
  skipLocked = false,
): Promise<DueVersion | undefined> => {
  const lock = skipLocked ? sql`for update skip locked` : empty
  const { rows } = await db.query<DueVersion>(sql`
    select id as version, document as scoring, until, done
    from waitlist.scoring
    where id = (select max(id) from waitlist.scoring) and applied_at is null
    ${lock}`)
  return rows[0]
}

/** Sets the last entry to re-score, once. */
export const setBound = (db: Queryable, version: number) =>
  db.query(sql`
    update waitlist.scoring
    set until = (select coalesce(max(arrival), 0) from waitlist.entries)
    where id = ${version} and until is null`)

type Row = Answers & { arrival: number }

/** Reads the next entries and locks them in the order of their key, as joins lock them. */
export const readChunk = async (
  db: Queryable,
  { version, done, until }: DueVersion,
): Promise<Row[]> => {
  const { rows } = await db.query<Row>(sql`
    select arrival, use_case, persona, disposable
    from waitlist.entries
    where arrival = any (array(
      select arrival from waitlist.entries
      where arrival > ${done} and arrival <= ${until} and scored_with < ${version}
      order by arrival limit ${CHUNK}
    ))
    order by person
    for no key update`)
  return rows
}

/** Saves the arrival up to which entries are re-scored, and how many more that are. */
export const saveProgress = (
  db: Queryable,
  version: number,
  { done, rescored }: { done: number; rescored: number },
) =>
  db.query(sql`
    update waitlist.scoring
    set done = ${done}::bigint, rescored = rescored + ${rescored},
        applied_at = case when ${done}::bigint >= until then now() end
    where id = ${version}`)

/** Saves the scores of a chunk: `scores` are those of the answers, in the order of `arrivals`. */
export const saveScores = (
  db: Queryable,
  { version, scoring }: DueVersion,
  { arrivals, scores }: { arrivals: number[]; scores: number[] },
) => {
  const document: Sql = sql`${JSON.stringify(scoring)}::jsonb`
  // Without the bounds the plan is a merge that reads the index from its beginning, each time.
  return db.query(sql`
    update waitlist.entries as entry
    set answers_score = scored.answers,
        score = scored.answers + ${referralScore(sql`entry.credits`, document)} + entry.adjusted,
        scored_with = ${version}
    from unnest(${arrivals}::bigint[], ${scores}::int[]) as scored (arrival, answers)
    where entry.arrival = scored.arrival
      and entry.arrival between ${Math.min(...arrivals)} and ${Math.max(...arrivals)}`)
}
