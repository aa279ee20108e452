// Joins of one event-loop turn share one statement and one commit.
import { batch, defaultLimits } from '@vobee/shared/data/batch'
import type { Database, Transactable, Transaction } from '@vobee/shared/data/database'
import { retry } from '@vobee/shared/data/retry'
import { withCurrentScoring } from '../scoring/current-scoring.ts'
import { insertJoins, isCodeInUse, type Joined, type JoinTerms, type NewEntry } from './insert.ts'

export type JoinBatchDeps = {
  db: Database
  /** Most joins that wait before new ones are rejected. */
  waiting: number
  terms: () => Omit<JoinTerms, 'current'>
}

/** Returns a function that joins one entry. @throws overloaded (503) if too many joins wait. */
export const joinBatch = ({ db, waiting, terms }: JoinBatchDeps) => {
  const scored = withCurrentScoring(db)
  const insert = (on: Transactable, entries: readonly NewEntry[]) =>
    scored((current) => insertJoins(on, entries, { ...terms(), current }))
  const insertBatch = batch(
    (entries: readonly NewEntry[]) => retry(() => insert(db, entries), isCodeInUse),
    { ...defaultLimits, waiting },
  )
  /** With a `connection` the entry joins alone, in its transaction. */
  const join = async (entry: NewEntry, connection: Transaction | null): Promise<Joined> => {
    if (!connection) return insertBatch(entry)
    const [joined] = await insert(connection, [entry])
    return joined as Joined
  }
  return { join, rejectWhenFull: insertBatch.rejectWhenFull }
}
