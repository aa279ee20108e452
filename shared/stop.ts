// How a process ends: no new work, what is under way is finished, then exit 0.
import type { FastifyInstance } from 'fastify'

const LIMIT_MS = 29_000
const SWEEP_MS = 200

/**
 * Stops `app` on SIGTERM and SIGINT, and when a supervisor that held it by an IPC channel is
 * gone. `/ready` says 503 at once; requests in flight are answered; after 29 s the rest is cut.
 */
export const stopOnSignal = (app: FastifyInstance) => {
  const stop = async (reason: string) => {
    if (app.draining) return
    app.draining = true
    app.log.info({ reason }, 'stopping')
    setTimeout(() => process.exit(1), LIMIT_MS).unref()
    // Node keeps a connection open whose answer had begun before, until it is idle for long.
    setInterval(() => app.server.closeIdleConnections(), SWEEP_MS).unref()
    await app.close()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal))
  process.once('disconnect', () => stop('the supervisor is gone'))
}

/** Runs a process: listens, and on faulty settings says them all and exits 1. */
export const run = async (start: () => Promise<FastifyInstance>) => {
  try {
    stopOnSignal(await start())
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  }
}
