// Every error body is RFC 9457 `application/problem+json`; only this file renders one.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { isDatabaseUnavailable, isPoolBusy } from '../data/database-errors.ts'

export const ProblemBody = z
  .looseObject({
    type: z.string().describe('The page that describes this error.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().describe('A stable name of the error. Clients switch on it.'),
    request_id: z.string(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe(
        'The errors of the input (400), at most 20. `detail` says how many more there are.',
      ),
  })
  .meta({ id: 'Problem' })

export type InputError = { path: string; message: string }

type ProblemOptions = { headers?: Record<string, string>; members?: Record<string, unknown> }

/** An error with its HTTP status. Routes throw it; `sendProblem` renders it. */
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
  /** Members that this problem has besides those of every problem. */
  members?: Record<string, z.ZodType>
}

export type ProblemFactory = ProblemKind & ((detail?: string, more?: ProblemOptions) => Problem)

/**
 * Defines an error: a factory that also carries its `status` and `code`, so that routes can list
 * their errors and the API document can show them.
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

export const invalidInput = problem(400, 'invalid_input', 'The request has errors.')
export const badRequest = problem(400, 'bad_request', 'The request could not be understood.')
export const malformedJson = problem(400, 'malformed_json', 'The body is not valid JSON.')
export const unauthorized = problem(401, 'invalid_credential', 'The credential is not valid.')
export const credentialRequired = problem(401, 'credential_required', 'A credential is required.')
export const forbidden = problem(403, 'insufficient_scope', 'This credential may not do this.', {
  scope: z.string().nullable().optional().describe('The scope that the credential lacks.'),
})
export const notFound = problem(404, 'not_found', 'This path does not exist.')
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
export const expectationFailed = problem(
  417,
  'expectation_failed',
  'The header Expect can only be 100-continue.',
)
export const headersTooLarge = problem(431, 'headers_too_large', 'The headers are too large.')
/** For logs and metrics only: the client closed the connection. nginx uses the same status. */
export const clientGone = problem(
  499,
  'client_gone',
  'The client closed the connection before the reply.',
)
export const internalError = problem(500, 'internal_error', 'Something went wrong on our side.')
export const notImplemented = problem(
  501,
  'not_implemented',
  'The only transfer coding that is supported is chunked.',
)
export const unavailable = problem(503, 'unavailable', 'This is temporarily unavailable.')
export const databaseUnavailable = problem(
  503,
  'database_unavailable',
  'The database is unavailable.',
)
export const overloaded = problem(503, 'overloaded', 'The service is overloaded.')

const soon = { headers: { 'retry-after': '2' } }

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
  if (isPoolBusy(error)) return overloaded(undefined, { headers: { 'retry-after': '1' } })
  if (isDatabaseUnavailable(error)) return databaseUnavailable(undefined, soon)
  const known = byFastifyCode[error.code]
  if (known) return known()
  if (error instanceof SyntaxError && error.statusCode === 400) return malformedJson()
  const status = error.statusCode ?? 500
  if (status >= 400 && status < 500)
    return problem(status, 'bad_request', 'The request was rejected.')()
  return internalError()
}

/** Returns the URI that identifies an error: the place on the gateway's page that describes it. */
export const problemType = (publicUrl: string, code: string): string =>
  `${publicUrl}/docs/errors#${code}`

type Occurrence = { publicUrl: string; instance: string; requestId: string }

/** Returns the body of a problem. */
export const problemBody = (error: Problem, { publicUrl, instance, requestId }: Occurrence) => ({
  type: problemType(publicUrl, error.code),
  title: error.title,
  status: error.status,
  detail: error.message,
  instance,
  code: error.code,
  request_id: requestId,
  ...error.members,
})

const logged = new WeakSet<object>()

// The request's own log line names the problem. Its cause is logged once for all requests that
// shared a batch.
const logError = (error: Error, { status, code }: Problem, { log }: FastifyRequest) => {
  const err = error instanceof Problem ? error.cause : error
  if (!(err instanceof Error) || logged.has(err)) return
  logged.add(err)
  log[status === 500 ? 'error' : 'warn']({ err }, code)
}

const MAX_PATH = 200

// Without a route there is no template. The query may hold anything.
const pathOf = ({ url }: FastifyRequest): string => {
  const path = url.split('?', 1)[0]?.slice(0, MAX_PATH) ?? '/'
  return URL.canParse(path, 'http://host') && !/%(?![0-9a-f]{2})/i.test(path) ? path : '/'
}

/**
 * Sends a problem. `instance` is the route's template, so that it repeats no code or address from
 * the path; where no route matches, it is the path. A 5xx is masked, and logged once, here.
 */
export const sendProblem = (
  error: FastifyError | Problem,
  request: FastifyRequest,
  reply: FastifyReply,
) => {
  // An upload that the client ended fails with the error of its socket.
  const rendered = request.raw.readableAborted ? clientGone() : asProblem(error)
  if (rendered.status >= 500) logError(error, rendered, request)
  const body = problemBody(rendered, {
    publicUrl: request.server.publicUrl,
    instance: request.routeOptions.url ?? pathOf(request),
    requestId: request.id,
  })
  return reply
    .code(rendered.status)
    .headers(rendered.headers)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(body)
}
