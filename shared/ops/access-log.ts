// One log line for an answered request. It names the route, never the path.
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Returns what the log says about the client of a request. */
export type DescribeClient = (request: FastifyRequest) => object

export type AccessLog = {
  /** Whether every request is logged, or only those that are denied, fail or are slow. */
  all: boolean
  /** The time in ms from which on a request is slow. */
  slowMs: number
  describeClient?: DescribeClient
}

const POLLED = /\/(health|ready|metrics)$/

const isDenied = (status: number) => status === 401 || status === 403

/** Logs answered requests at `info`; polls, and those that `all` leaves out, at `debug`. */
export const logRequests = (
  app: FastifyInstance,
  { all, slowMs, describeClient }: AccessLog = { all: false, slowMs: 1_000 },
) => {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions?.url
    const { statusCode: status, elapsedTime } = reply
    const isLogged = all || status >= 500 || isDenied(status) || elapsedTime >= slowMs
    const level = isLogged && !POLLED.test(route ?? '') ? 'info' : 'debug'
    const ms = Math.round(elapsedTime * 10) / 10
    request.log[level](
      { method: request.method, route, status, ms, ...describeClient?.(request) },
      'answered',
    )
    done()
  })
}
