// Problems that are sent without Fastify, thousands of times: the body is prepared once.
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { type Problem, problemBody } from './problem.ts'

const requestIdShape = /^[\w.:-]{8,128}$/

/** Returns the client's `X-Request-Id` if it is valid, else a new id. */
export const requestId = ({ headers }: IncomingMessage): string => {
  const given = headers['x-request-id']
  return typeof given === 'string' && requestIdShape.test(given) ? given : randomUUID()
}

export type PreparedProblem = { status: number; headers: Record<string, string>; body: string }

// Takes the place of the request's id, of which JSON escapes no character.
const ID = '{id}'

/** Returns the parts of a problem that are the same for all requests. */
export const prepareProblem = (error: Problem, publicUrl: string): PreparedProblem => ({
  status: error.status,
  headers: {
    ...error.headers,
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  },
  body: JSON.stringify(problemBody(error, { publicUrl, instance: '/', requestId: ID })),
})

const LARGE_BODY = 64 * 1024

// Node reads what is left of a body before the next request.
const hasLargeBody = ({ req: { headers } }: ServerResponse) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > LARGE_BODY

/** Sends a problem, with `further` headers, to the client of `response` if it is still there. */
export const sendPrepared = (
  { draining }: FastifyInstance,
  response: ServerResponse,
  { status, headers, body }: PreparedProblem,
  further: Record<string, string> = {},
) => {
  if (response.destroyed) return
  const id = requestId(response.req)
  const text = body.replace(ID, id)
  const own: Record<string, string | number> = {
    ...headers,
    ...further,
    'content-length': Buffer.byteLength(text),
    'x-request-id': id,
  }
  if (draining || hasLargeBody(response)) own.connection = 'close'
  response.writeHead(status, own).end(text)
}
