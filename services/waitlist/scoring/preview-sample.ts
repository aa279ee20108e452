// Reads entries to preview another scoring: all of them, or, if there are many, the entries of 100
// evenly spaced stretches of arrivals, so that ten million take a second and little memory.
import type { Queryable } from '@vobee/shared/data/database'
import { prepared, type Sql, sql } from '@vobee/shared/data/sql'
import type { Scoring } from './document.ts'
import { type Preview, previewOf, type SampledEntry } from './preview.ts'
import { referralScore } from './referral-score.ts'
import { type Answers, answersScore } from './score.ts'

const STRETCH = 1_000
const STRETCHES = 100

const BOUNDS = `
  select min(arrival) as first, max(arrival) as last,
         (select coalesce(sum(waiting), 0) from waitlist.line_scores) as waiting
  from waitlist.entries`

type Bounds = { first: number | null; last: number | null; waiting: number }

const stretch = (from: number, scoring: Scoring): Sql => sql`
  select id, arrival, use_case, persona, disposable, score as before,
         adjusted + ${referralScore(sql`credits`, sql`${JSON.stringify(scoring)}::jsonb`)} as rest
  from waitlist.entries
  where arrival >= ${from} and arrival < ${from + STRETCH} and status = 'waiting'
  order by arrival`

/** `rest`: the parts of the score besides the answers, by the other scoring. */
type Row = Answers & Omit<SampledEntry, 'after'> & { rest: number }

/** Returns what `scoring` would change for the waiting entries. */
export const previewScoring = async (db: Queryable, scoring: Scoring): Promise<Preview> => {
  const { rows } = await db.query<Bounds>(BOUNDS)
  const { first, last, waiting } = rows[0] as Bounds
  const sample: SampledEntry[] = []
  if (first === null || last === null) return previewOf(sample, waiting)
  const step = Math.max(STRETCH, Math.ceil((last - first + 1) / STRETCHES))
  for (let from = first; from <= last; from += step) {
    const read = await db.query<Row>(prepared('preview-scoring', stretch(from, scoring)))
    for (const { id, arrival, before, rest, ...answers } of read.rows) {
      sample.push({ id, arrival, before, after: answersScore(scoring, answers) + rest })
    }
  }
  return previewOf(sample, waiting)
}
