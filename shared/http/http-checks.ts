// Requests that are valid HTTP for Node, but that no route can handle correctly.
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { clientErrorHandler } from './not-found.ts'
import { badRequest, expectationFailed, notImplemented, unsupportedMediaType } from './problem.ts'

// The body is not read, so the connection cannot be used again.
const close = { headers: { connection: 'close' } }

const hasContinue = (expect: string) => expect.toLowerCase() === '100-continue'
const isChunked = (coding: string) => coding.toLowerCase() === 'chunked'

/**
 * Rejects CONNECT, requests without a Host header (RFC 9112 §3.2), with an expectation other than
 * 100-continue, and with a body that is encoded, which Node would pass on as it is. Node itself
 * answers the first three without a body: see `requireHostHeader`.
 */
export const rejectUnsupportedHttp = (app: FastifyInstance) => {
  // Without a listener Node closes the connection of CONNECT without a response.
  app.server.on('connect', (_request, socket: Socket) => {
    clientErrorHandler.call(app, new Error('CONNECT'), socket)
  })
  app.server.on('checkExpectation', (request, reply) => app.server.emit('request', request, reply))
  app.addHook('onRequest', ({ raw: { headers, httpVersion } }, _reply, done) => {
    const { host, expect, 'transfer-encoding': coding } = headers
    const { 'content-encoding': encoding } = headers
    if (host === undefined && httpVersion !== '1.0') throw badRequest('Send a Host header.', close)
    if (expect !== undefined && !hasContinue(expect)) throw expectationFailed(undefined, close)
    if (coding !== undefined && !isChunked(coding)) throw notImplemented(undefined, close)
    if (encoding !== undefined && encoding !== 'identity')
      throw unsupportedMediaType('Send the body without a Content-Encoding.', close)
    done()
  })
}
