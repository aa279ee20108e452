// One guard per route: who may call, what it takes and what it answers with. Validation, types,
// serialiser and the API document all come from this one declaration.
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { z } from 'zod'
import { authorize, type Caller, type RouteAuth } from '../auth/callers.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'
import { inputMessage } from './input-messages.ts'
import { type InputError, invalidInput, type ProblemFactory } from './problem.ts'

type Json = Record<string, unknown>
type Optional = z.ZodType | undefined
type Parsed<S extends Optional> = S extends z.ZodType ? z.infer<S> : undefined

export type Guard<
  Params extends Optional = Optional,
  Query extends Optional = Optional,
  Body extends Optional = Optional,
  Reply extends z.ZodType = z.ZodType,
> = {
  method: HTTPMethods & ('GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE')
  url: string
  /** The name of the operation in the API document: a verb and a noun in camel case. */
  operationId?: string
  /** One line, for the API document. */
  summary: string
  auth: RouteAuth
  params?: Params
  query?: Query
  body?: Body
  /** The status and body of success; `z.void()` for none. */
  replies: [status: number, body: Reply]
  /** The media type of that body, `application/json` if missing. */
  contentType?: string
  /** Examples for the API document, where those composed from the schemas do not fit. */
  examples?: { body?: Json; reply?: unknown }
  /** Media types in which it may stream its answer instead; the handler then gives a stream. */
  streams?: readonly string[]
  /** What it may refuse with, besides what its admission and its input imply. */
  errors?: readonly ProblemFactory[]
  bodyLimit?: number
  /** Throws what is refused before the body is read, such as an overload: a third of the work. */
  beforeBody?: () => Promise<void>
  /** Heeds `Idempotency-Key`; its handler acts by `onceByKey`. */
  idempotent?: boolean
}

/** What was asked, checked, and by whom. */
export type RouteRequest = {
  params: unknown
  query: unknown
  body: unknown
  caller: Caller
  request: FastifyRequest
  /** Null without one, and where the route heeds none. */
  idempotencyKey: string | null
}

export type RouteInput<
  Params extends Optional,
  Query extends Optional,
  Body extends Optional,
> = RouteRequest & {
  params: Parsed<Params>
  query: Parsed<Query>
  body: Parsed<Body>
  reply: FastifyReply
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every guarded route of this app, in order of declaration. */
    guards: Guard[]
  }
  interface FastifyRequest {
    caller: Caller
  }
  interface FastifyContextConfig {
    auth?: RouteAuth
  }
}

const pathOf = (issue: z.core.$ZodIssue, part: string): string =>
  part === 'body' ? issue.path.join('.') : [part, ...issue.path].join('.')

const errorsOf = (issue: z.core.$ZodIssue, part: string): InputError[] => {
  if (issue.code !== 'unrecognized_keys') {
    return [{ path: pathOf(issue, part), message: issue.message }]
  }
  return issue.keys.map((name) => ({
    path: [pathOf(issue, part), name].filter(Boolean).join('.'),
    message: 'is not a known member',
  }))
}

/** Checks all parts of a request and names every fault of every part at once. */
const parse = (guard: Guard, request: FastifyRequest) => {
  const taken: Record<string, unknown> = {}
  const faults: InputError[] = []
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = guard[part]
    if (!schema) continue
    const result = schema.safeParse(request[part] ?? {}, { error: inputMessage })
    if (result.success) taken[part] = result.data
    else faults.push(...result.error.issues.flatMap((issue) => errorsOf(issue, part)))
  }
  const idempotencyKey = guard.idempotent ? idempotencyKeyOf(request) : null
  if (idempotencyKey === undefined) {
    faults.push({
      path: 'headers.idempotency-key',
      message: 'must be 1 to 255 characters of ASCII',
    })
  }
  if (faults.length > 0) {
    const named = faults.map((fault) => `${fault.path || 'body'}: ${fault.message}`).join('; ')
    throw invalidInput(named, { members: { errors: faults } })
  }
  return { ...taken, idempotencyKey }
}

// The ids of schemas name components of the API document; the serializer needs none.
const withoutIds = z.registry<object>()

/** Returns the JSON Schema from which Fastify compiles the serializer of a status. */
const responseSchema = ([status, body]: Guard['replies']) => {
  if (body instanceof z.ZodVoid) return {}
  const options = { target: 'draft-7', io: 'output', metadata: withoutIds } as const
  const { $schema: _, ...json } = z.toJSONSchema(body, options)
  return { response: { [status]: json } }
}

/** What a handler gives: the reply, or a stream whose type it has set. */
type Answer<Reply extends z.ZodType> = z.input<Reply> | Readable

/**
 * Declares a guarded route. The caller is checked before the body is read; the handler runs only
 * with input that passed, and what it returns is sent with the declared status.
 */
export const route = <
  Reply extends z.ZodType,
  Params extends Optional = undefined,
  Query extends Optional = undefined,
  Body extends Optional = undefined,
>(
  app: FastifyInstance,
  guard: Guard<Params, Query, Body, Reply>,
  handle: (asked: RouteInput<Params, Query, Body>) => Answer<Reply> | Promise<Answer<Reply>>,
): void => {
  const [status] = guard.replies
  app.guards.push(guard as unknown as Guard)
  app.route({
    method: guard.method,
    url: guard.url,
    config: { auth: guard.auth },
    schema: responseSchema(guard.replies),
    ...(guard.bodyLimit ? { bodyLimit: guard.bodyLimit } : {}),
    onRequest: (request, _reply, done) => {
      authorize(request.caller, guard.auth)
      if (guard.beforeBody) guard.beforeBody().then(() => done(), done)
      else done()
    },
    handler: async (request, reply) => {
      const taken = parse(guard as unknown as Guard, request)
      const asked = { ...taken, caller: request.caller, request, reply }
      const answer = await handle(asked as unknown as RouteInput<Params, Query, Body>)
      return reply.code(status).send(answer)
    },
  })
}
