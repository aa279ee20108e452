// Which headers pass the gateway: those of clients by an allow-list, those of services all but
// what belongs to one connection.
import type { FastifyRequest } from 'fastify'

type Headers = Record<string, string | string[] | undefined>

const passed = [
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

/** The headers that a service gets; who the client is and the request's id are the gateway's word. */
export const forwardedHeaders = (request: FastifyRequest): Record<string, string> => {
  const headers: Record<string, string> = {
    'x-forwarded-for': request.ip,
    'x-request-id': request.id,
  }
  for (const name of passed) {
    const value = request.headers[name]
    if (value !== undefined) headers[name] = value as string
  }
  return headers
}

// RFC 9110 §7.6.1, and the id that the gateway has set itself.
const keptBack = new Set([
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

/** The headers of a service's answer that the client gets. */
export const returnedHeaders = (received: Headers): Headers => {
  const named = String(received.connection ?? '').toLowerCase()
  const ofConnection = named === '' || named === 'keep-alive' ? [] : named.split(/\s*,\s*/)
  const headers: Headers = {}
  for (const name in received) {
    if (!keptBack.has(name) && !ofConnection.includes(name)) headers[name] = received[name]
  }
  return headers
}
