// Postgres is not our child (it outlives a supervisor that is killed), so it is looked after by asking.
import { setTimeout as wait } from 'node:timers/promises'
import { createBackoff } from '../processes/backoff.ts'
import type { LocalPostgres } from './server.ts'

const EVERY_MS = 500

/** Starts Postgres again whenever it is gone; resolves some time after `signal`. */
export const keepPostgres = async (
  postgres: LocalPostgres,
  restart: () => Promise<unknown>,
  { signal, say }: { signal: AbortSignal; say(line: string): void },
): Promise<void> => {
  const backoff = createBackoff()
  let since = performance.now()
  const pause = (ms: number) => wait(ms, null, { signal }).catch(() => null)
  for (;;) {
    await pause(EVERY_MS)
    if (signal.aborted) return
    if (await postgres.isRunning()) continue
    const delay = backoff.fell(performance.now() - since)
    say(`Postgres is gone and is started again in ${delay} ms`)
    await pause(delay)
    if (signal.aborted) return
    await restart().catch((error) => say(error.message))
    since = performance.now()
  }
}
