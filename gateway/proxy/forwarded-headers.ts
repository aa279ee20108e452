// The headers that pass the gateway: those of a client by an allow-list, those of a service except
// the ones that belong to its connection.
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply } from 'fastify'

/**
 * The key of the client's reply among the headers of its request. reply-from passes nothing else of
 * a request on to its dispatcher, which needs the reply to notice that the client is gone.
 */
export const clientReply = Symbol('client reply')

export type ForwardedHeaders = Record<string, string> & { [clientReply]: FastifyReply }

const allowed = [
  'accept',
  'accept-encoding',
  'accept-language',
  'authorization',
  'content-type',
  'idempotency-key',
  'if-none-match',
  'traceparent',
  'tracestate',
  'user-agent',
] as const

// The signature of a webhook: Standard Webhooks, and Stripe.
const forWebhooks = [
  ...allowed,
  'stripe-signature',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
] as const

const isWebhook = (url: string) => url.split('?', 1)[0]?.endsWith('/webhook')

/** Returns the headers for the service. The client's address and the request's id are set here. */
export const forwardedHeaders = (reply: FastifyReply) => {
  const { request } = reply
  const headers = {
    [clientReply]: reply,
    'x-forwarded-for': request.ip,
    'x-request-id': request.id,
  } as ForwardedHeaders
  for (const name of isWebhook(request.url) ? forWebhooks : allowed) {
    const value = request.headers[name]
    if (value !== undefined) headers[name] = value as string
  }
  return headers
}

// RFC 9110 §7.6.1, and the id that the gateway has set already.
const removed = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
])

/** Returns the headers for the client, from those of a service's response. */
export const returnedHeaders = (received: IncomingHttpHeaders): IncomingHttpHeaders => {
  const connection = (received.connection ?? '').toLowerCase()
  const listed = connection === '' || connection === 'keep-alive' ? [] : connection.split(/\s*,\s*/)
  const headers: IncomingHttpHeaders = {}
  for (const name in received) {
    if (!removed.has(name) && !listed.includes(name)) headers[name] = received[name]
  }
  return headers
}
