// Counting again: one audit at a time among all replicas of a service, in one snapshot, and on
// connections of its own, so that no request waits for it.
import type { FastifyInstance } from 'fastify'
import { openDatabase, type Queryable, transaction } from '../data/database.ts'
import { problem, unavailable } from '../http/problem.ts'
import { AUDIT_MS, type AuditResult, type Recount } from './consistency-results.ts'

/** Counts again what a service keeps as figures. Its queries see one snapshot. */
export type CountAgain = (db: Queryable) => Promise<Recount[]>

export const auditRunning = problem(409, 'audit_running', 'An audit is under way.')

const soon = { headers: { 'retry-after': '10' } }

const snapshot = `
  set transaction isolation level repeatable read read only;
  set local statement_timeout = ${AUDIT_MS}`

const isTooSlow = (error: unknown) => (error as { code?: string }).code === '57014'

type Audited = { name: string; url: string; countAgain: CountAgain }

/**
 * Makes the audit of a service.
 * @throws auditRunning (409), or unavailable (503) when a statement took longer than `AUDIT_MS`
 *   (by the returned function).
 */
export const selfAudit = (app: FastifyInstance, { name, url, countAgain }: Audited) => {
  // Two, so that who is refused need not wait for the one that runs.
  const options = { name: `${name} audit`, max: 2, answerMs: AUDIT_MS, log: app.log }
  const database = openDatabase(url, options)
  app.addHook('onClose', () => database.end())
  return async (): Promise<AuditResult[]> => {
    try {
      return await transaction(database, async (connection) => {
        await connection.query(snapshot)
        const { rows } = await connection.query<{ alone: boolean }>(
          'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as alone',
          [`${name}: audit`],
        )
        if (!rows[0]?.alone) throw auditRunning(undefined, soon)
        const counted = await countAgain(connection)
        return counted.map((recount) => ({ ...recount, ok: recount.wrong === 0 }))
      })
    } catch (error) {
      if (isTooSlow(error)) throw unavailable('The audit took too long.', soon)
      throw error
    }
  }
}
