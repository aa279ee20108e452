// Joins of one event-loop turn share one statement and one commit.
import { defaultLimits } from '@vobee/shared/data/batch'
import type { Database } from '@vobee/shared/data/database'
import type { Idempotent } from '@vobee/shared/data/idempotency/idempotency'
import type { ReleaseRate } from '../line/release-rate.ts'
import { estimateWait, type WaitEstimate } from '../line/wait-estimate.ts'
import { withCurrentScoring } from '../scoring/current-scoring.ts'
import { cachedSignalKey } from './cached-signal-key.ts'
import { insertJoins, isCodeInUse, type Joined, type JoinTerms, type NewEntry } from './insert.ts'

export type JoinBatchDeps = {
  db: Database
  idempotent: Idempotent
  /** Most joins that wait before new ones are rejected. */
  waiting: number
  terms: () => Omit<JoinTerms, 'current' | 'signalKey'>
  releaseRate: () => Promise<ReleaseRate>
}

type Result = Joined & WaitEstimate

/** Returns a function that joins one entry. @throws overloaded (503) if too many joins wait. */
export const joinBatch = ({ db, idempotent, waiting, terms, releaseRate }: JoinBatchDeps) => {
  const scored = withCurrentScoring(db)
  const readSignalKey = cachedSignalKey(db)
  return idempotent.batch<NewEntry, Result, Omit<Result, 'referral_code'>>(
    {
      run: async (on, entries) => {
        const signalKey = await readSignalKey()
        const [joined, rate] = await Promise.all([
          scored((current) => insertJoins(on, entries, { ...terms(), current, signalKey })),
          releaseRate(),
        ])
        return joined.map((place) => ({ ...place, ...estimateWait(place.position, rate) }))
      },
      retryOn: isCodeInUse,
      serialize: ({
        position,
        total_waiting,
        invites_paused,
        estimated_wait,
        estimated_wait_days,
      }) => ({
        position,
        total_waiting,
        invites_paused,
        estimated_wait,
        estimated_wait_days,
      }),
    },
    { ...defaultLimits, waiting },
  )
}
