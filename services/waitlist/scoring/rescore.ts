// Re-scoring all entries after the scoring has changed: in chunks, in the order of arrival. Each
// chunk commits its progress, so any replica continues after a kill. Positions stay exact: the
// statement that changes scores also moves the sums of the line.
import { setTimeout as wait } from 'node:timers/promises'
import {
  type Database,
  type Queryable,
  type Transaction,
  transaction,
} from '@vobee/shared/data/database'
import { retry } from '@vobee/shared/data/retry'
import {
  CHUNK,
  type DueVersion,
  findDue,
  readChunk,
  saveProgress,
  saveScores,
  setBound,
} from './rescore-chunk.ts'
import { answersScore } from './score.ts'

const POLL_MS = 50

// A join uses the version that was newest in its snapshot. Joins that began before `since` may not
// see the newest; after they end, every row with an older version is visible.
const HAS_EARLIER = `
  select exists (
    select from pg_stat_activity
    where usename = current_user and datname = current_database()
      and pid <> pg_backend_pid() and xact_start < $1::timestamptz
  ) as has_earlier`

/** Waits until earlier transactions have ended; false if `isStopping` first. */
const waitForEarlier = async (db: Queryable, isStopping: () => boolean) => {
  const { rows } = await db.query<{ since: string }>('select clock_timestamp()::text as since')
  const since = rows[0]?.since
  for (;;) {
    const earlier = await db.query<{ has_earlier: boolean }>(HAS_EARLIER, [since])
    if (!earlier.rows[0]?.has_earlier) return true
    if (isStopping()) return false
    await wait(POLL_MS)
  }
}

type Bounded = DueVersion & { until: number }

// What others wait for comes last: from there to the commit the counts of the line are locked.
const rescoreEntries = async (db: Transaction, due: Bounded) => {
  const entries = await readChunk(db, due)
  const arrivals = entries.map(({ arrival }) => arrival)
  const isLast = entries.length < CHUNK
  const done = isLast ? due.until : Math.max(...arrivals)
  await saveProgress(db, due.version, { done, rescored: entries.length })
  if (entries.length === 0) return
  const scores = entries.map((entry) => answersScore(due.scoring, entry))
  await saveScores(db, due, { arrivals, scores })
}

/** Re-scores one chunk; false if none is due or another replica works on it. */
const rescoreChunk = (db: Database): Promise<boolean> =>
  transaction(db, async (connection) => {
    const due = await findDue(connection, true)
    if (due?.until == null) return false
    await rescoreEntries(connection, { ...due, until: due.until })
    return true
  })

/**
 * Scores every entry with the newest scoring. Ends when all are scored, when another replica works
 * on it, or between two chunks when `isStopping`.
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
