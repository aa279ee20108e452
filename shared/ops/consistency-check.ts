// The consistency check: stored numbers are compared with the rows that they count. One check runs at
// a time among all replicas of a service, in one snapshot, on connections of its own.
import type { FastifyInstance } from 'fastify'
import { allowLong, openDatabase, type Queryable, transaction } from '../data/database.ts'
import { problem, unavailable } from '../http/problem.ts'
import { CHECK_MS, type CheckResult, type Comparison } from './consistency-results.ts'
import type { DatabaseSettings } from './settings.ts'

/** Recomputes the stored numbers of a service. Its queries see one snapshot. */
export type Recompute = (db: Queryable) => Promise<Comparison[]>

export const checkRunning = problem(409, 'audit_running', 'A consistency check is already running.')

const soon = { headers: { 'retry-after': '10' } }

const oneSnapshot = `
  set transaction isolation level repeatable read read only;
  ${allowLong(CHECK_MS)}`

const isTooSlow = (error: unknown) => (error as { code?: string }).code === '57014'

type CheckOptions = { name: string; settings: DatabaseSettings; recompute: Recompute }

/**
 * Returns the function that runs the check of a service.
 * @throws (the returned function) checkRunning (409), or unavailable (503) if a statement took
 * longer than `CHECK_MS`.
 */
export const consistencyCheck = (
  app: FastifyInstance,
  { name, settings, recompute }: CheckOptions,
) => {
  // Two connections, so that a second request is rejected while the first check runs.
  const database = openDatabase(settings.DATABASE_URL, {
    name: `${name} consistency check`,
    max: 2,
    queryMs: CHECK_MS,
    prepare: settings.DATABASE_PREPARE,
    log: app.log,
  })
  app.addHook('onClose', () => database.end())
  return async (): Promise<CheckResult[]> => {
    try {
      return await transaction(database, async (connection) => {
        await connection.query(oneSnapshot)
        const { rows } = await connection.query<{ locked: boolean }>(
          'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as locked',
          [`${name}: audit`],
        )
        if (!rows[0]?.locked) throw checkRunning(undefined, soon)
        const comparisons = await recompute(connection)
        return comparisons.map((comparison) => ({ ...comparison, ok: comparison.wrong === 0 }))
      })
    } catch (error) {
      if (isTooSlow(error)) throw unavailable('The consistency check took too long.', soon)
      throw error
    }
  }
}
