// Finds jobs whose process ended. pg-boss retries them in a pass that also counts all jobs and checks
// its tables; every 15 s that took 0.3 s of CPU a minute. So a cheap query decides whether it runs.
import { setTimeout as wait } from 'node:timers/promises'
import type { PgBoss } from 'pg-boss'

/** A lost job runs again this long after its last heartbeat timed out, in ms, or sooner. */
const LOOK_MS = 15_000

// pg-boss has an index of the unfinished jobs of each policy, and none of all of them. Queues with
// workers have one of two policies.
const lost = (schema: string, policy: string) => `
  exists (
    select from ${schema}.job
    where policy = '${policy}' and state = 'active' and now() > least(
      heartbeat_on + heartbeat_seconds * interval '1s', started_on + expire_seconds * interval '1s')
  )`

const hasLost = (schema: string) =>
  `select ${lost(schema, 'stately')} or ${lost(schema, 'exclusive')} as found`

/** Lets pg-boss retry lost jobs if there are any. Returns whether there were. */
export const retryOrphanedJobs = async (boss: PgBoss, schema: string): Promise<boolean> => {
  const { rows } = await boss.getDb().executeSql(hasLost(schema))
  if (rows[0].found) await boss.supervise()
  return rows[0].found
}

type Options = {
  schema: string
  log: { error: (details: object, message: string) => void }
  signal: AbortSignal
}

/** Looks for lost jobs until `signal` aborts, and calls `wake` when some can be fetched again. */
export const watchOrphanedJobs = async (
  boss: PgBoss,
  wake: () => void,
  { schema, log, signal }: Options,
): Promise<void> => {
  for (;;) {
    await wait(LOOK_MS, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    try {
      if (await retryOrphanedJobs(boss, schema)) wake()
    } catch (err) {
      if (!signal.aborted) log.error({ err }, 'jobs: lost jobs could not be looked for')
    }
  }
}
