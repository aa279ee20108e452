// One log line for each answered request. It names the route, never the path.
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Returns what the log says about the client of a request. */
export type DescribeClient = (request: FastifyRequest) => object

const SLOW_MS = 1_000
const POLLED = /\/(health|ready|metrics)$/

/**
 * Logs each answered request. With `describe`, which the gateway has, at `info`; else at `debug`,
 * because the gateway has logged it, but at `info` if it failed or took a second. Polls are always
 * logged at `debug`.
 */
export const logRequests = (app: FastifyInstance, describe?: DescribeClient) => {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions?.url
    const ms = Math.round(reply.elapsedTime * 10) / 10
    const isLogged = describe || reply.statusCode >= 500 || ms >= SLOW_MS
    const level = isLogged && !POLLED.test(route ?? '') ? 'info' : 'debug'
    const answer = { method: request.method, route, status: reply.statusCode, ms }
    request.log[level]({ ...answer, ...describe?.(request) }, 'answered')
    done()
  })
}
