// How @fastify/http-proxy reaches a service: through the service's connection pool. Each outcome is
// recorded in the service's circuit breaker.
import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { clientGone } from '@vobee/shared/http/problem'
import type { FastifyReply } from 'fastify'
import { type Dispatcher, errors } from 'undici'
import { clientReply, type ForwardedHeaders } from './forwarded-headers.ts'
import type { Upstream } from './upstreams.ts'

const SMALL_BYTES = 64 * 1024

/** A request as reply-from passes it on. */
type ProxyRequest = {
  path: string
  method: string
  headers: ForwardedHeaders
  body: Buffer | undefined
  headersTimeout: number
}

type ProxyResponse = {
  statusCode: number
  headers: IncomingHttpHeaders
  body: string | Buffer | Readable | undefined
}

type Callback = (error: Error | null, response?: ProxyResponse) => void

/** Creates the object whose `request` reply-from calls for one service (its `undici` option). */
export const createDispatcher = (upstream: Upstream) => ({
  request: (request: ProxyRequest, callback: Callback) => {
    const { path, method, headers, body = null, headersTimeout } = request
    const exchange = new Exchange(upstream, headers[clientReply], callback)
    upstream.pending++
    upstream.pool.dispatch({ path, method, headers, body, headersTimeout }, exchange)
  },
})

/** A request and its response, which is passed on whole if it is small, else as a stream. */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly upstream: Upstream
  private readonly client: FastifyReply
  private readonly callback: Callback
  private readonly chunks: Buffer[] = []
  private statusCode = 0
  private headers: IncomingHttpHeaders = {}
  private stream: Readable | undefined
  private ended = false

  constructor(upstream: Upstream, client: FastifyReply, callback: Callback) {
    this.upstream = upstream
    this.client = client
    this.callback = callback
  }

  onRequestStart(controller: Dispatcher.DispatchController) {
    const { raw } = this.client
    const abort = () => this.ended || this.stream || controller.abort(clientGone())
    if (raw.destroyed) abort()
    else raw.once('close', abort)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: IncomingHttpHeaders,
  ) {
    if (statusCode < 200) return
    this.upstream.circuit.recordSuccess()
    this.statusCode = statusCode
    this.headers = headers
    if (this.isSmall()) return
    if (this.isClientGone()) return controller.abort(clientGone())
    this.stream = streamOf(controller)
    this.respond(this.stream)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer) {
    if (!this.stream) this.chunks.push(chunk)
    else if (!this.stream.push(chunk)) controller.pause()
  }

  onResponseEnd() {
    this.end()
    if (this.stream) this.stream.push(null)
    else if (this.isClientGone()) this.client.send(clientGone())
    else this.respond(bodyOf(this.chunks))
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error) {
    this.end()
    if (this.stream) this.stream.destroy(error)
    else if (this.isClientGone()) this.client.send(clientGone())
    else {
      if (!isInvalidRequest(error)) this.upstream.circuit.recordFailure()
      this.callback(error)
    }
  }

  private end() {
    this.ended = true
    this.upstream.pending--
  }

  private respond(body: ProxyResponse['body']) {
    this.callback(null, { statusCode: this.statusCode, headers: this.headers, body })
  }

  private isSmall() {
    return (
      Number(this.headers['content-length']) <= SMALL_BYTES ||
      this.statusCode === 204 ||
      this.statusCode === 304 ||
      this.client.request.method === 'HEAD'
    )
  }

  // After `aborted`, reply-from destroys the body instead of sending it, which fails for a text.
  private isClientGone() {
    return this.client.raw.destroyed || this.client.request.raw.aborted
  }
}

/** Whether undici rejected the request instead of sending it: an error of the client. */
export const isInvalidRequest = (error: unknown) => error instanceof errors.InvalidArgumentError

// As text, head and body leave in one write: 9 % less CPU.
const bodyOf = (chunks: Buffer[]) => {
  if (chunks.length === 0) return undefined
  const body = Buffer.concat(chunks)
  return isUtf8(body) ? body.toString() : body
}

const streamOf = (controller: Dispatcher.DispatchController) =>
  new Readable({
    read: () => controller.resume(),
    destroy: (error, done) => {
      controller.abort(error ?? clientGone())
      done(error)
    },
  })
