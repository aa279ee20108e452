// @ts-check
/** Asks the gateway; whatever it refuses becomes a `Problem` (RFC 9457). */

/** @typedef {{ path: string, message: string }} Fault */

const PATIENCE_MS = 15_000

// The setup guide also serves this folder from a plain file server, next to the gateway.
const FILE_SERVER = 'http://localhost:8080'
const GATEWAY = 'http://localhost:8000'

export class Problem extends Error {
  /**
   * @param {Response} response
   * @param {{ detail?: string, request_id?: string, errors?: Fault[] }} body
   */
  constructor(response, body) {
    super(body.detail ?? '')
    this.status = response.status
    this.retryAfter = Number.parseInt(response.headers.get('retry-after') ?? '', 10)
    this.requestId = body.request_id
    this.errors = body.errors ?? []
  }
}

/**
 * A GET, or a POST when there is a body. Throws a `Problem` when refused, anything else when unreachable.
 * @param {string} path
 * @param {object} [body]
 */
export async function ask(path, body) {
  const response = await reach(path, {
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
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

/**
 * What to tell the visitor about a request that failed as a whole.
 * @param {unknown} error
 */
export function explain(error) {
  if (!(error instanceof Problem)) {
    return 'We could not reach the waitlist. Check your connection and try again. Your answers are kept.'
  }
  const again = `Please try again ${when(error.retryAfter)}. Your answers are kept.`
  if (error.status === 429) return `Too many tries from your network. ${again}`
  if (error.status === 503) return `The waitlist cannot answer right now. ${again}`
  if (error.status < 500 && error.message) return error.message
  const reference = error.requestId ? ` (Reference: ${error.requestId})` : ''
  return `Something went wrong on our side. ${again}${reference}`
}

/** @param {number} seconds */
function when(seconds) {
  if (!(seconds > 0)) return 'in a moment'
  if (seconds <= 90) return `in ${count(seconds, 'second')}`
  if (seconds <= 90 * 60) return `in ${count(Math.ceil(seconds / 60), 'minute')}`
  return `in ${count(Math.ceil(seconds / 3600), 'hour')}`
}

/** @param {number} n @param {string} unit */
const count = (n, unit) => `${n} ${unit}${n === 1 ? '' : 's'}`
