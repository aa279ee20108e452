// How a process ends: no new work, what is under way is finished, then exit 0.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { SettingsError } from './settings.ts'

const LIMIT_MS = 29_000
const SWEEP_MS = 200

// Node takes a connection for idle once its answer was handed over, sent or not: closing it then
// cuts an answer that a slow reader is still taking.
const spareUnsent = (server: Server) => {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const closeIdle = server.closeIdleConnections.bind(server)
  server.closeIdleConnections = () => {
    if (![...sockets].some((socket) => socket.writableLength > 0)) closeIdle()
  }
}

/**
 * Stops `app` on SIGTERM and SIGINT, and when a supervisor that held it by an IPC channel is
 * gone. `/ready` says 503 at once; requests in flight are answered; after 29 s the rest is cut.
 */
export const stopOnSignal = (app: FastifyInstance) => {
  spareUnsent(app.server)
  const stop = async (reason: string) => {
    if (app.draining) return
    app.draining = true
    app.log.info({ reason }, 'stopping')
    setTimeout(() => process.exit(1), LIMIT_MS).unref()
    // Node keeps a connection open whose answer had begun before, until it is idle for long.
    setInterval(() => app.server.closeIdleConnections(), SWEEP_MS).unref()
    await app.close().catch((err) => {
      app.log.error({ err }, 'stopped with an error')
      process.exit(1)
    })
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal))
  process.once('disconnect', () => stop('the supervisor is gone'))
}

/** EX_CONFIG of sysexits: starting again would change nothing. */
export const EXIT_CONFIG = 78

/** Runs a process: listens, and on faulty settings says them all and exits 78. */
export const run = async (start: () => Promise<FastifyInstance>) => {
  try {
    stopOnSignal(await start())
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(error instanceof SettingsError ? EXIT_CONFIG : 1)
  }
}
