// The newest scoring, cached in memory. A statement that scores detects that it is outdated, so no
// join reads it.
import type { Database } from '@vobee/shared/data/database'
import { type CurrentScoring, readScoring } from './versions.ts'

/**
 * Returns a function that runs `action` with the newest scoring, and again with a newer one while
 * `action` returns null.
 */
export const withCurrentScoring = (db: Database) => {
  let cached: CurrentScoring | undefined
  return async <Result>(
    action: (current: CurrentScoring) => Promise<Result | null>,
  ): Promise<Result> => {
    for (;;) {
      cached ??= await readScoring(db)
      const used = cached
      const result = await action(used)
      if (result !== null) return result
      if (cached === used) cached = undefined
    }
  }
}
