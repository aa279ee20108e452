// Rejects requests in an overload before any other work: handling them to reject them would slow those
// that are accepted.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Counter } from 'prom-client'
import { interceptRequests } from './intercept-requests.ts'
import { type PreparedProblem, prepareProblem, sendPrepared } from './prepared-problem.ts'
import { overloaded } from './problem.ts'

const SUMMARY_MS = 10_000

const recordRejections = (app: FastifyInstance) => {
  const total = new Counter({
    name: 'http_requests_overloaded_total',
    help: 'Requests that were rejected with 503 before they were handled.',
    registers: [app.metrics],
  })
  let rejected = 0
  const log = () => {
    if (rejected === 0) return
    app.log.warn({ rejected }, 'requests rejected: overloaded')
    rejected = 0
  }
  app.addHook('onClose', async () => log())
  return () => {
    total.inc()
    if (rejected++ === 0) setTimeout(log, SUMMARY_MS).unref()
  }
}

/**
 * Rejects a request with 503 if `detailOf` returns why; `headersOf` returns further headers of the
 * response. One line in ten seconds says how many were rejected.
 */
export const rejectOverload = (
  app: FastifyInstance,
  detailOf: (request: IncomingMessage) => string | null,
  headersOf: (request: IncomingMessage) => Record<string, string> = () => ({}),
) => {
  const record = recordRejections(app)
  const prepared = new Map<string, PreparedProblem>()
  const prepare = (detail: string) => {
    const known = prepared.get(detail)
    if (known) return known
    const error = overloaded(detail, { headers: { 'retry-after': '1' } })
    const problem = prepareProblem(error, app.publicUrl)
    prepared.set(detail, problem)
    return problem
  }
  const waiting: [ServerResponse, PreparedProblem][] = []
  const sendAll = () => {
    for (const [response, problem] of waiting.splice(0))
      sendPrepared(app, response, problem, headersOf(response.req))
  }
  interceptRequests(app, (request, response) => {
    const detail = detailOf(request)
    if (detail === null) return false
    record()
    // At the end of the turn: a thousand clients that retry at once would otherwise keep the loop
    // reading requests before it sends any other reply.
    if (waiting.push([response, prepare(detail)]) === 1) setImmediate(sendAll)
    return true
  })
}
