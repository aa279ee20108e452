// Requests that are valid HTTP for Node, but that no route can handle correctly.
import type { FastifyInstance } from 'fastify'
import { badRequest, expectationFailed, notImplemented } from './problem.ts'

// The body is not read, so the connection cannot be used again.
const close = { headers: { connection: 'close' } }

const hasContinue = (expect: string) => expect.toLowerCase() === '100-continue'
const isChunked = (coding: string) => coding.toLowerCase() === 'chunked'

/**
 * Rejects requests without a Host header (RFC 9112 §3.2), with an expectation other than
 * 100-continue, and with a body in another transfer coding than chunked, which Node would pass on
 * encoded. Node itself answers the first two without a body: see `requireHostHeader`.
 */
export const rejectUnsupportedHttp = (app: FastifyInstance) => {
  app.server.on('checkExpectation', (request, reply) => app.server.emit('request', request, reply))
  app.addHook('onRequest', ({ raw: { headers, httpVersion } }, _reply, done) => {
    const { host, expect, 'transfer-encoding': coding } = headers
    if (host === undefined && httpVersion !== '1.0') throw badRequest('Send a Host header.', close)
    if (expect !== undefined && !hasContinue(expect)) throw expectationFailed(undefined, close)
    if (coding !== undefined && !isChunked(coding)) throw notImplemented(undefined, close)
    done()
  })
}
