// @ts-check
/** Sends requests to the gateway. An error reply becomes a `Problem` (RFC 9457). */

/** @typedef {{ path: string, message: string }} InputError */
/** @typedef {{ method?: string, body?: object, headers?: Record<string, string> }} RequestOptions */

const TIMEOUT_MS = 15_000

// The setup guide also serves this folder from a plain file server, next to the gateway.
const FILE_SERVER = 'http://localhost:8080'
const GATEWAY = 'http://localhost:8000'

export class Problem extends Error {
  /**
   * @param {Response} response
   * @param {{ detail?: string, code?: string, request_id?: string, errors?: InputError[] }} body
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
 * Sends a GET, or a POST if there is a body, unless `method` is set. Throws a `Problem` for an error
 * reply, another error if the gateway is unreachable.
 * @param {string} path
 * @param {RequestOptions} [options]
 */
export async function request(path, { method, body, headers } = {}) {
  const response = await send(path, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
    method: method ?? (body ? 'POST' : 'GET'),
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (response.ok) return response.json()
  throw new Problem(response, await response.json().catch(() => ({})))
}

/**
 * Replies of the gateway carry a request id, those of a plain file server do not.
 * @param {string} path
 * @param {RequestInit} init
 */
async function send(path, init) {
  const response = await fetch(path, init)
  const fromGateway = response.headers.has('x-request-id') || location.origin !== FILE_SERVER
  return fromGateway ? response : fetch(GATEWAY + path, init)
}

/** Returns headers for every try of one action: it runs once even if a reply was lost. */
export function idempotencyHeaders() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return { 'idempotency-key': Array.from(bytes, (byte) => byte.toString(16)).join('-') }
}
