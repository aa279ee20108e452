// The response to a request over a limit, without Fastify.
import type { ServerResponse } from 'node:http'
import { problem, problemBody } from '@vobee/shared/http/problem'
import { requestId } from '@vobee/shared/http/server'
import type { FastifyInstance } from 'fastify'
import { Counter } from 'prom-client'
import type { Exceeded, Prepared } from './exceeded.ts'

export const WINDOW_SECONDS = 60

export const tooManyRequests = problem(429, 'too_many_requests', 'Too many requests.')

/** The state of a limit: requests per minute, those that remain, and seconds until the window ends. */
type LimitState = { name: string; max: number; remaining: number; seconds: number }

/** Returns the fields of draft-ietf-httpapi-ratelimit-headers-10. */
export const limitFields = ({ name, max, remaining, seconds }: LimitState) => ({
  'ratelimit-policy': `"${name}";q=${max};w=${WINDOW_SECONDS}`,
  ratelimit: `"${name}";r=${remaining};t=${seconds}`,
})

/** Returns the error for a request over the limit. */
export const limitExceeded = ({ max, seconds }: Pick<LimitState, 'max' | 'seconds'>) =>
  tooManyRequests(`The limit is ${max} requests per minute. Retry in ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
  })

// Takes the place of the request's id, of which JSON escapes no character.
const ID = '{id}'

const secondsOf = ({ until }: Exceeded) => Math.max(1, Math.ceil((until - Date.now()) / 1000))

const prepare = ({ name, max }: Exceeded, seconds: number, publicUrl: string): Prepared => {
  const error = limitExceeded({ max, seconds })
  const headers = {
    ...limitFields({ name, max, remaining: 0, seconds }),
    ...error.headers,
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  }
  const body = problemBody(error, { publicUrl, instance: '/', requestId: ID })
  return { seconds, headers, body: JSON.stringify(body) }
}

const LARGE_BODY = 64 * 1024

// Node reads what is left of a body before the next request.
const hasLargeBody = ({ req: { headers } }: ServerResponse) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > LARGE_BODY

/** Rejects a request. With `close`, its connection closes. */
export type SendRejection = (response: ServerResponse, limit: Exceeded, close?: boolean) => void

/** Returns the function that sends a rejection as `sendProblem` would. */
export const rejectionSender = (
  app: FastifyInstance,
  originHeaders: (origin: string | undefined) => Record<string, string>,
): SendRejection => {
  const rejected = new Counter({
    name: 'gateway_requests_rejected_early_total',
    help: 'Requests over a limit that were rejected before they were handled.',
    labelNames: ['limit'],
    registers: [app.metrics],
  })
  return (response, limit, close = false) => {
    rejected.inc({ limit: limit.name })
    if (response.destroyed) return
    const seconds = secondsOf(limit)
    if (limit.prepared?.seconds !== seconds) limit.prepared = prepare(limit, seconds, app.publicUrl)
    const { origin } = response.req.headers
    const id = requestId(response.req)
    const body = limit.prepared.body.replace(ID, id)
    const headers: Record<string, string | number> = {
      ...limit.prepared.headers,
      ...(origin ? originHeaders(origin) : {}),
      'content-length': Buffer.byteLength(body),
      'x-request-id': id,
    }
    if (close || app.draining || hasLargeBody(response)) headers.connection = 'close'
    response.writeHead(429, headers).end(body)
  }
}
