// What pg-boss runs its statements on: connections of its own, so that neither a burst of requests nor
// the jobs wait for each other.
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { DatabaseSettings } from '../../ops/settings.ts'
import { openDatabase } from '../database.ts'
import { isConnectionLost } from '../database-errors.ts'

/** Longest wait for a reply, in ms. */
const QUERY_MS = 10_000
/** How long a statement is repeated while the database is unavailable, and the pause, in ms. */
const OUTAGE_MS = 60_000
const PAUSE_MS = 500

type Options = {
  name: string
  log: { error: (details: object, message: string) => void }
  /** Ends the repeating. */
  signal: AbortSignal
}

/**
 * Opens the connections. A statement whose connection was lost is repeated for a minute: the result of
 * a job that ended during a crash of Postgres must be stored, or it would run again. pg-boss stores a
 * result only for the attempt that it belongs to, so repeating is safe.
 */
export const openJobDatabase = (settings: DatabaseSettings, { name, log, signal }: Options) => {
  const { DATABASE_URL: url, DATABASE_PREPARE: prepare } = settings
  const database = openDatabase(url, { name, max: 2, queryMs: QUERY_MS, prepare, log })
  const executeSql = async (text: string, values?: unknown[]): Promise<pg.QueryResult> => {
    const deadline = performance.now() + OUTAGE_MS
    for (;;) {
      try {
        // pg-boss expects the driver's own types.
        return await database.query({ text, values, types: pg.types } as pg.QueryConfig)
      } catch (error) {
        const isOver = signal.aborted || performance.now() > deadline
        if (isOver || !isConnectionLost(error)) throw error
        await wait(PAUSE_MS, undefined, { signal }).catch(() => {})
      }
    }
  }
  return { executeSql, close: () => database.end() }
}
export type JobDatabase = ReturnType<typeof openJobDatabase>
