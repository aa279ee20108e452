// How a process stops: it takes no new requests, answers those in progress and exits with 0.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { endLog } from './log.ts'

const LIMIT_MS = 29_000
const SWEEP_MS = 200

// Node counts a connection as idle once its response is handed over, sent or not. Closing it then
// truncates a response that a slow client is still reading.
const keepUnsent = (server: Server) => {
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
 * Stops `app` on SIGTERM and SIGINT, and when the IPC channel of its supervisor closes. `/ready`
 * answers 503 at once. Requests in flight are answered; after 29 s the rest is cut off.
 */
export const stopOnSignal = (app: FastifyInstance) => {
  keepUnsent(app.server)
  const stop = async (reason: string) => {
    if (app.draining) return
    app.draining = true
    app.log.info({ reason }, 'stopping')
    setTimeout(() => process.exit(1), LIMIT_MS).unref()
    // Node keeps a connection open if its response started before the stop.
    setInterval(() => app.server.closeIdleConnections(), SWEEP_MS).unref()
    const fail = (err: unknown) => {
      app.log.error({ err }, 'stopped with an error')
      process.exitCode = 1
    }
    await app.close().catch(fail)
    await endLog()
    process.exit()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal))
  process.once('disconnect', () => stop('the supervisor is gone'))
}
