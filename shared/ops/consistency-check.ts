// Counting again: one audit at a time among all replicas of a service, in one snapshot, and on
// connections of its own, so that no request waits for it.
import type { FastifyInstance } from 'fastify'
import { openDatabase, type Queryable, transaction } from '../data/database.ts'
import { problem, unavailable } from '../http/problem.ts'
import { CHECK_MS, type CheckedFigure, type CheckResult } from './consistency-results.ts'

/** Counts again what a service keeps as figures. Its queries see one snapshot. */
export type Recompute = (db: Queryable) => Promise<CheckedFigure[]>

export const checkRunning = problem(409, 'audit_running', 'An audit is under way.')

const soon = { headers: { 'retry-after': '10' } }

const snapshot = `
  set transaction isolation level repeatable read read only;
  set local statement_timeout = ${CHECK_MS}`

const isTooSlow = (error: unknown) => (error as { code?: string }).code === '57014'

type CheckOptions = { name: string; url: string; countAgain: Recompute }

/**
 * Makes the audit of a service.
 * @throws auditRunning (409), or unavailable (503) when a statement took longer than `AUDIT_MS`
 *   (by the returned function).
 */
export const consistencyCheck = (app: FastifyInstance, { name, url, countAgain }: CheckOptions) => {
  // Two, so that who is refused need not wait for the one that runs.
  const options = { name: `${name} audit`, max: 2, queryMs: CHECK_MS, log: app.log }
  const database = openDatabase(url, options)
  app.addHook('onClose', () => database.end())
  return async (): Promise<CheckResult[]> => {
    try {
      return await transaction(database, async (connection) => {
        await connection.query(snapshot)
        const { rows } = await connection.query<{ alone: boolean }>(
          'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as alone',
          [`${name}: audit`],
        )
        if (!rows[0]?.alone) throw checkRunning(undefined, soon)
        const counted = await countAgain(connection)
        return counted.map((recount) => ({ ...recount, ok: recount.wrong === 0 }))
      })
    } catch (error) {
      if (isTooSlow(error)) throw unavailable('The audit took too long.', soon)
      throw error
    }
  }
}
