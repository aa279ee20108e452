// Long changes as short statements, each of which locks few rows.
import type { Queryable } from './database.ts'
import type { Sql } from './sql.ts'

const CHUNK = 5_000

/**
 * Runs `statement` until it changes fewer rows than the limit that it is given; returns how many
 * rows changed in all.
 */
export const inChunks = async (
  db: Queryable,
  statement: (limit: number) => Sql,
  limit = CHUNK,
): Promise<number> => {
  let total = 0
  for (let changed = limit; changed === limit; total += changed) {
    changed = (await db.query(statement(limit))).rowCount ?? 0
  }
  return total
}
