// Every error body is RFC 9457 `application/problem+json`; only this file renders one.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'

export const ProblemBody = z
  .looseObject({
    type: z.string().describe('The page that describes this error.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().describe('A stable word that clients switch on.'),
    request_id: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('Every fault of a refused input (400).'),
  })
  .meta({ id: 'Problem' })

export type InputError = { path: string; message: string }

type ProblemOptions = { headers?: Record<string, string>; members?: Record<string, unknown> }

/** A refusal with its HTTP status. Thrown by routes, rendered by `sendProblem`. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly headers: Record<string, string>
  readonly members: Record<string, unknown>

  constructor(kind: ProblemKind, detail: string, more: ProblemOptions) {
    super(detail)
    this.status = kind.status
    this.code = kind.code
    this.title = kind.title
    this.headers = more.headers ?? {}
    this.members = more.members ?? {}
  }
}

export type ProblemKind = {
  status: number
  code: string
  title: string
  /** Members that this problem adds to those of every problem. */
  members?: Record<string, z.ZodType>
}

export type ProblemFactory = ProblemKind & ((detail?: string, more?: ProblemOptions) => Problem)

/**
 * Names one fault: a factory that also carries its `status` and `code`, so that a route can list
 * what it may refuse with and the API document is made from that list.
 */
export const problem = (
  status: number,
  code: string,
  title: string,
  members: Record<string, z.ZodType> = {},
): ProblemFactory => {
  const kind = { status, code, title, members }
  return Object.assign(
    (detail = title, more: ProblemOptions = {}) => new Problem(kind, detail, more),
    kind,
  )
}

export const invalidInput = problem(400, 'invalid_input', 'The request has faults.')
export const badRequest = problem(400, 'bad_request', 'The request could not be understood.')
export const malformedJson = problem(400, 'malformed_json', 'The body is not valid JSON.')
export const unauthorized = problem(401, 'invalid_credential', 'The credential is not valid.')
export const credentialRequired = problem(401, 'credential_required', 'A credential is required.')
export const forbidden = problem(403, 'insufficient_scope', 'This credential may not do this.')
export const notFound = problem(404, 'not_found', 'There is nothing here.')
export const methodNotAllowed = problem(405, 'method_not_allowed', 'This method is not allowed.')
export const requestTimeout = problem(
  408,
  'request_timeout',
  'The request took too long to arrive.',
)
export const bodyTooLarge = problem(413, 'body_too_large', 'The body is too large.')
export const uriTooLong = problem(414, 'uri_too_long', 'The address is too long.')
export const unsupportedMediaType = problem(
  415,
  'unsupported_media_type',
  'Send the body as application/json.',
)
export const headersTooLarge = problem(431, 'headers_too_large', 'The headers are too large.')
/** For the log and the figures: whoever asked does not read it any more. nginx's status for that. */
export const clientGone = problem(499, 'client_gone', 'The client went before it was answered.')
export const internalError = problem(500, 'internal_error', 'Something went wrong on our side.')
export const unavailable = problem(503, 'unavailable', 'This is not available for a moment.')
export const databaseUnavailable = problem(503, 'database_unavailable', 'The database is away.')
export const overloaded = problem(503, 'overloaded', 'Too much is asked at this moment.')

const soon = { headers: { 'retry-after': '2' } }

// Class 08: connection; 53: resources; 57: operator intervention (shutdown, statement timeout);
// 25P03/25P04: a session ended by its own time limit. Class 28, 3D, 3F and 42P01, 42883: the role,
// database, schema, table or function is not there, as before the first migration.
const unavailableState = /^(08|53|57|25P0[34]|28|3D|3F|42P01|42883)/
const unavailableCode =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH)$/
const unavailableMessage =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|timeout expired)/

// Postgres ended the connection, or refused it: never the fault of the statement.
const lostState = /^(08|57P0|53300)/

/** Whether an error says that the connection itself was lost, whatever was asked on it. */
export const isConnectionLost = (error: unknown): boolean => {
  const { code, message } = error as { code?: string; message?: string }
  return Boolean(
    (code && (unavailableCode.test(code) || lostState.test(code))) ||
      (message && /^(Connection terminated|Client has encountered a connection)/.test(message)),
  )
}

/** Whether an error says that Postgres is away, hung, not migrated, or has no connection to give. */
export const isDatabaseUnavailable = (error: unknown): boolean => {
  const { code, message } = error as { code?: string; message?: string }
  return Boolean(
    (code && (unavailableCode.test(code) || (code.length === 5 && unavailableState.test(code)))) ||
      (message && unavailableMessage.test(message)),
  )
}

const byFastifyCode: Record<string, ProblemFactory> = {
  FST_ERR_CTP_BODY_TOO_LARGE: bodyTooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: unsupportedMediaType,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: badRequest,
  FST_ERR_CTP_INVALID_JSON_BODY: malformedJson,
  FST_ERR_MAX_PARAM_LENGTH: uriTooLong,
  FST_ERR_BAD_URL: badRequest,
}

const asProblem = (error: FastifyError | Problem): Problem => {
  if (error instanceof Problem) return error
  if (isDatabaseUnavailable(error)) return databaseUnavailable(undefined, soon)
  const known = byFastifyCode[error.code]
  if (known) return known()
  if (error instanceof SyntaxError && error.statusCode === 400) return malformedJson()
  const status = error.statusCode ?? 500
  if (status >= 400 && status < 500)
    return problem(status, 'bad_request', 'The request was refused.')()
  return internalError()
}

/** Returns the URI that identifies an error: the place on the gateway's page that describes it. */
export const problemType = (publicUrl: string, code: string): string =>
  `${publicUrl}/docs/errors#${code}`

type Occurrence = { publicUrl: string; instance: string; requestId: string }

/** Returns the body of a problem. */
export const problemBody = (fault: Problem, { publicUrl, instance, requestId }: Occurrence) => ({
  type: problemType(publicUrl, fault.code),
  title: fault.title,
  status: fault.status,
  detail: fault.message,
  instance,
  code: fault.code,
  request_id: requestId,
  ...fault.members,
})

const logged = new WeakSet<object>()

// A refusal of our own is said by the request's line; what caused it is worth another, once for
// all the requests that shared a batch.
const logError = (error: Error, fault: Problem, { log }: FastifyRequest) => {
  const err = error instanceof Problem ? error.cause : error
  if (!(err instanceof Error) || logged.has(err)) return
  logged.add(err)
  log[fault.status === 500 ? 'error' : 'warn']({ err }, fault.code)
}

/**
 * Answers with a problem. `instance` is the route's template, so that no code or address that
 * stands in a path is repeated; 5xx are masked and logged once, here.
 */
export const sendProblem = (
  error: FastifyError | Problem,
  request: FastifyRequest,
  reply: FastifyReply,
) => {
  const fault = asProblem(error)
  if (fault.status >= 500) logError(error, fault, request)
  const body = problemBody(fault, {
    publicUrl: request.server.publicUrl,
    instance: request.routeOptions.url ?? '/',
    requestId: request.id,
  })
  return reply
    .code(fault.status)
    .headers(fault.headers)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(body)
}
