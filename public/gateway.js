// @ts-check
/** Asks the gateway; whatever it refuses becomes a `Problem` (RFC 9457). */

/** @typedef {{ path: string, message: string }} Fault */
/** @typedef {{ method?: string, body?: object, headers?: Record<string, string> }} Asked */

const PATIENCE_MS = 15_000

// The setup guide also serves this folder from a plain file server, next to the gateway.
const FILE_SERVER = 'http://localhost:8080'
const GATEWAY = 'http://localhost:8000'

export class Problem extends Error {
  /**
   * @param {Response} response
   * @param {{ detail?: string, code?: string, request_id?: string, errors?: Fault[] }} body
   */
  constructor(response, body) {
    super(body.detail ?? '')
    this.status = response.status
    this.code = body.code ?? ''
    this.retryAfter = Number.parseInt(response.headers.get('retry-after') ?? '', 10)
    this.requestId = body.request_id
    this.errors = body.errors ?? []
  }
}

/**
 * A GET, or a POST when there is a body, unless another method is said. Throws a `Problem` when
 * refused, anything else when unreachable.
 * @param {string} path
 * @param {Asked} [asked]
 */
export async function ask(path, { method, body, headers } = {}) {
  const response = await reach(path, {
    signal: AbortSignal.timeout(PATIENCE_MS),
    method: method ?? (body ? 'POST' : 'GET'),
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (response.ok) return response.json()
  throw new Problem(response, await response.json().catch(() => ({})))
}

/**
 * The gateway marks every answer with a request id; a plain file server doesn't.
 * @param {string} path
 * @param {RequestInit} init
 */
async function reach(path, init) {
  const response = await fetch(path, init)
  const fromGateway = response.headers.has('x-request-id') || location.origin !== FILE_SERVER
  return fromGateway ? response : fetch(GATEWAY + path, init)
}

/** Sent with every try of one act, so that it happens once also when an answer was lost. */
export function onceOnly() {
  const drawn = crypto.getRandomValues(new Uint8Array(16))
  return { 'idempotency-key': Array.from(drawn, (byte) => byte.toString(16)).join('-') }
}
