// Lets statements that use a table wait until a test releases it.
import type { TestDatabase } from '@vobee/testing/database'
import { expect } from 'vitest'

/** Locks a table of the waitlist until `release`; `awaited` waits for a statement that waits for it. */
export const holdTable = async (db: TestDatabase, table: string) => {
  const owner = await db.owner.connect()
  await owner.query(`begin; lock table waitlist.${table}`)
  const isAwaited = async () => {
    const { rowCount } = await owner.query(
      'select from pg_locks where relation = $1::regclass and not granted',
      [`waitlist.${table}`],
    )
    return rowCount !== 0
  }
  return {
    awaited: () => expect.poll(isAwaited).toBe(true),
    release: async () => {
      await owner.query('commit')
      owner.release()
    },
  }
}
