// Applying revocations and their undoing, some thousand codes at a time.
import { type Database, type Transaction, transaction } from '@vobee/shared/data/database'
import { retry } from '@vobee/shared/data/retry'
import { sql } from '@vobee/shared/data/sql'
import { lockRevocations, restoreStep, revokeStep } from './apply-step.ts'

type State = { is_undone: boolean; is_done: boolean }

const stateOf = (id: number) => sql`
  select undone_at is not null as is_undone, reached is null as is_done
  from invites.revocations where id = ${id}`

/** Applies one step in a transaction that holds `lockRevocations`; true after the last step. */
export const applyStep = async (db: Transaction, id: number): Promise<boolean> => {
  const [state] = (await db.query<State>(stateOf(id))).rows
  if (!state || state.is_done) return true
  const step = state.is_undone ? restoreStep(id) : revokeStep(id)
  const [applied] = (await db.query<Pick<State, 'is_done'>>(step)).rows
  return applied?.is_done ?? true
}

/** Applies all steps in the transaction that created a revocation, where they are few. */
export const applyAll = async (db: Transaction, id: number): Promise<void> => {
  while (!(await applyStep(db, id))) {}
}

/** Applies all steps of a revocation, or of its undoing. */
export const applyRevocation = async (db: Database, id: number): Promise<void> => {
  const step = () =>
    transaction(db, async (connection) => {
      await connection.query(lockRevocations)
      return applyStep(connection, id)
    })
  while (!(await retry(step))) {}
}

/** Applies what a process that ended has left. */
export const applyPending = async (db: Database): Promise<void> => {
  const { rows } = await db.query<{ id: number }>(
    sql`select id from invites.revocations where reached is not null order by id`,
  )
  for (const { id } of rows) await applyRevocation(db, id)
}
