// The response to a request over a limit, without Fastify.
import type { ServerResponse } from 'node:http'
import { prepareProblem, sendPrepared } from '@vobee/shared/http/prepared-problem'
import { problem } from '@vobee/shared/http/problem'
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

const secondsOf = ({ until }: Exceeded) => Math.max(1, Math.ceil((until - Date.now()) / 1000))

const prepare = ({ name, max }: Exceeded, seconds: number, publicUrl: string): Prepared => {
  const problem = prepareProblem(limitExceeded({ max, seconds }), publicUrl)
  const headers = { ...limitFields({ name, max, remaining: 0, seconds }), ...problem.headers }
  return { ...problem, headers, seconds }
}

/** Rejects a request. With `close`, its connection closes. */
export type SendRejection = (response: ServerResponse, limit: Exceeded, close?: boolean) => void

/** Returns the function that sends a rejection as `sendProblem` would. */
export const rejectionSender = (
  app: FastifyInstance,
  headersFor: (origin: string | undefined) => Record<string, string>,
): SendRejection => {
  const rejected = new Counter({
    name: 'gateway_requests_rejected_early_total',
    help: 'Requests over a limit that were rejected before they were handled.',
    labelNames: ['limit'],
    registers: [app.metrics],
  })
  return (response, limit, close = false) => {
    rejected.inc({ limit: limit.name })
    const seconds = secondsOf(limit)
    if (limit.prepared?.seconds !== seconds) limit.prepared = prepare(limit, seconds, app.publicUrl)
    const further = headersFor(response.req.headers.origin)
    if (close) further.connection = 'close'
    sendPrepared(app, response, limit.prepared, further)
  }
}
