// Reading entries to see what another scoring would change: all of them, or of many the entries of
// 100 stretches of the line, evenly spaced, so that ten million take a second and little memory.
import type { Queryable } from '@vobee/shared/data/database'
import type { Scoring } from './document.ts'
import { type Look, type Preview, previewOf } from './preview.ts'
import { referralScore } from './referral-score.ts'
import { type Answers, answersScore } from './score.ts'

const STRETCH = 1_000
const STRETCHES = 100

const BOUNDS = `
  select min(arrival) as first, max(arrival) as last,
         (select coalesce(sum(waiting), 0) from waitlist.line_scores) as waiting
  from waitlist.entries`

type Bounds = { first: number | null; last: number | null; waiting: number }

const OTHER = '-1'

const READ = `
  select id, arrival, use_case, persona, disposable, score as before,
         adjusted + ${referralScore('credits', OTHER, 3)} as besides
  from waitlist.entries
  where arrival >= $1 and arrival < $2 and status = 'waiting'
  order by arrival`

type Row = Answers & Omit<Look, 'after'> & { besides: number }

/** What `scoring` would change for those who wait. */
export const previewScoring = async (db: Queryable, scoring: Scoring): Promise<Preview> => {
  const { rows } = await db.query<Bounds>(BOUNDS)
  const { first, last, waiting } = rows[0] as Bounds
  const looks: Look[] = []
  if (first === null || last === null) return previewOf(looks, waiting)
  const step = Math.max(STRETCH, Math.ceil((last - first + 1) / STRETCHES))
  for (let from = first; from <= last; from += step) {
    const values = [from, from + STRETCH, JSON.stringify(scoring)]
    const stretch = await db.query<Row>({ name: 'preview-scoring', text: READ, values })
    for (const { id, arrival, before, besides, ...answers } of stretch.rows) {
      looks.push({ id, arrival, before, after: answersScore(scoring, answers) + besides })
    }
  }
  return previewOf(looks, waiting)
}
