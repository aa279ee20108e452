// The newest scoring, held in memory: statements that score say when it has changed, so no join
// asks for it.
import type { Database } from '@vobee/shared/data/database'
import { type InForce, readScoring } from './versions.ts'

/**
 * Makes a function that runs `act` with the newest scoring, and again with a newer one as long as
 * `act` gives null.
 */
export const scoringInForce = (db: Database) => {
  let known: InForce | undefined
  return async <Result>(act: (inForce: InForce) => Promise<Result | null>): Promise<Result> => {
    for (;;) {
      known ??= await readScoring(db)
      const used = known
      const result = await act(used)
      if (result !== null) return result
      if (known === used) known = undefined
    }
  }
}
