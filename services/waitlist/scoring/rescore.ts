// Scoring everyone anew after the scoring has changed: in chunks, in the order of arrival, each
// committed with how far it came, so that it goes on after a kill, on whichever replica. Positions
// stay exact throughout: the statement that changes scores moves the sums of the line.
import { setTimeout as wait } from 'node:timers/promises'
import {
  type Database,
  type Queryable,
  type Transaction,
  transaction,
} from '@vobee/shared/data/database'
import { retry } from '@vobee/shared/data/retry'
import type { Scoring } from './document.ts'
import { referralScore } from './referral-score.ts'
import { type Answers, answersScore } from './score.ts'

const CHUNK = 2_000
const LOOK_AGAIN_MS = 50

// A join holds on to the version that was newest in its snapshot. Those that began before `since`
// may not have seen the newest; once they are over, every row with an older version can be seen.
const EARLIER = `
  select exists (
    select from pg_stat_activity
    where usename = current_user and datname = current_database()
      and pid <> pg_backend_pid() and xact_start < $1::timestamptz
  ) as go_on`

const waitForEarlier = async (db: Queryable, isStopping: () => boolean) => {
  const { rows } = await db.query<{ since: string }>('select clock_timestamp()::text as since')
  const since = rows[0]?.since
  for (;;) {
    const earlier = await db.query<{ go_on: boolean }>(EARLIER, [since])
    if (!earlier.rows[0]?.go_on) return true
    if (isStopping()) return false
    await wait(LOOK_AGAIN_MS)
  }
}

const DUE = `
  select id as version, document as scoring, until, done
  from waitlist.scoring
  where id = (select max(id) from waitlist.scoring) and applied_at is null`

type Due = { version: number; scoring: Scoring; until: number | null; done: number }

const findDue = async (db: Queryable): Promise<Due | undefined> =>
  (await db.query<Due>(DUE)).rows[0]

const setBound = (db: Queryable, version: number) =>
  db.query(
    `update waitlist.scoring
     set until = (select coalesce(max(arrival), 0) from waitlist.entries)
     where id = $1 and until is null`,
    [version],
  )

type Row = Answers & { arrival: number }

// Locked in the order of their key, as joins lock them.
const TAKE = `
  select arrival, use_case, persona, disposable
  from waitlist.entries
  where arrival = any (array(
    select arrival from waitlist.entries
    where arrival > $1 and arrival <= $2 and scored_with < $3
    order by arrival limit ${CHUNK}
  ))
  order by person
  for no key update`

const ADVANCE = `
  update waitlist.scoring
  set done = $2, rescored = rescored + $3,
      applied_at = case when $2 >= until then now() end
  where id = $1`

// Without the bounds it is planned as a merge that reads the index from its beginning, each time.
const RESCORE = `
  update waitlist.entries as entry
  set answers_score = scored.answers,
      score = scored.answers + ${referralScore('entry.credits', '$3', 4)} + entry.adjusted,
      scored_with = $3
  from unnest($1::bigint[], $2::int[]) as scored (arrival, answers)
  where entry.arrival = scored.arrival and entry.arrival between $5 and $6`

// What holds up others comes last: the counts are locked from there to the commit.
const rescoreSome = async (db: Transaction, due: Due & { until: number }) => {
  const { version, scoring, until, done } = due
  const { rows } = await db.query<Row>(TAKE, [done, until, version])
  const arrivals = rows.map((row) => row.arrival)
  const [first, last] = [Math.min(...arrivals), Math.max(...arrivals)]
  const isLast = rows.length < CHUNK
  await db.query(ADVANCE, [version, isLast ? until : last, rows.length])
  if (rows.length === 0) return
  const scores = rows.map((row) => answersScore(scoring, row))
  await db.query(RESCORE, [arrivals, scores, version, JSON.stringify(scoring), first, last])
}

/** One chunk of what is due; false when nothing is, or another replica is at it. */
const rescoreChunk = (db: Database): Promise<boolean> =>
  transaction(db, async (connection) => {
    const { rows } = await connection.query<Due>(`${DUE} for update skip locked`)
    const [due] = rows
    if (due?.until == null) return false
    await rescoreSome(connection, { ...due, until: due.until })
    return true
  })

/**
 * Scores everyone with the newest scoring who is not yet. Ends when that is done, when another
 * replica is doing it, or between two chunks when `isStopping`.
 */
export const rescore = async (db: Database, isStopping: () => boolean): Promise<void> => {
  const due = await findDue(db)
  if (!due) return
  if (due.until === null) {
    if (!(await waitForEarlier(db, isStopping))) return
    await setBound(db, due.version)
  }
  while (!isStopping() && (await retry(() => rescoreChunk(db))));
}
