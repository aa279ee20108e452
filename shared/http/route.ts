// A guard declares a route: who may call it, its input, its reply and its errors. Validation, types,
// the serializer and the API document all come from this one declaration.
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { z } from 'zod'
import { authorize, type Caller, type RouteAuth } from '../auth/callers.ts'
import { idempotencyKeyOf } from '../data/idempotency/key-header.ts'
import { errorsOf, inputProblem } from './input/input-errors.ts'
import { inputMessage } from './input/input-messages.ts'
import type { InputError, ProblemFactory } from './problem.ts'

type Json = Record<string, unknown>
type Optional = z.ZodType | undefined
type Parsed<S extends Optional> = S extends z.ZodType ? z.infer<S> : undefined

class Alternative {
  readonly body: unknown
  constructor(body: unknown) {
    this.body = body
  }
}

export type AnotherReply<Body extends z.ZodType = z.ZodType> = {
  reply: [status: number, body: Body]
  of: (body: z.input<Body>) => Alternative
}

/** Declares a second kind of success of a route. */
export const anotherReply = <Body extends z.ZodType>(
  status: number,
  body: Body,
): AnotherReply<Body> => ({ reply: [status, body], of: (value) => new Alternative(value) })

export type Guard<
  Params extends Optional = Optional,
  Query extends Optional = Optional,
  Body extends Optional = Optional,
  Reply extends z.ZodType = z.ZodType,
> = {
  method: HTTPMethods & ('GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE')
  url: string
  /** The name of the operation in the API document: a verb and a noun in camel case. */
  operationId: string
  /** One line, for the API document. */
  summary: string
  auth: RouteAuth
  params?: Params
  query?: Query
  body?: Body
  /** The status and body of success; `z.void()` for none. */
  replies: [status: number, body: Reply]
  /** Another success: the handler returns `anotherReply.of(body)`. */
  anotherReply?: AnotherReply
  /** The media type of that body, `application/json` if missing. */
  contentType?: string
  /** Examples for the API document, where those composed from the schemas do not fit. */
  examples?: { body?: Json; reply?: unknown }
  /** Media types in which the handler may return a stream instead. */
  streams?: readonly string[]
  /** Its errors, besides those that authorization and input imply. */
  errors?: readonly ProblemFactory[]
  bodyLimit?: number
  /** Rejects a request before its body is read, such as in an overload: a third of the work. */
  beforeBody?: () => Promise<void>
  /** Accepts `Idempotency-Key`: the handler runs its action by `idempotency` of shared/data. */
  idempotent?: boolean
}

/** A validated request and its caller. */
export type RouteRequest = {
  params: unknown
  query: unknown
  body: unknown
  caller: Caller
  request: FastifyRequest
  /** Null without one, and on routes that accept none. */
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

/** Validates all parts of a request. @throws invalidInput (400) with the errors of every part. */
const parse = (guard: Guard, request: FastifyRequest) => {
  const parsed: Record<string, unknown> = {}
  const errors: InputError[] = []
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = guard[part]
    if (!schema) continue
    const result = schema.safeParse(request[part] ?? {}, { error: inputMessage })
    if (result.success) parsed[part] = result.data
    else errors.push(...result.error.issues.flatMap((issue) => errorsOf(issue, part)))
  }
  const idempotencyKey = guard.idempotent ? idempotencyKeyOf(request) : null
  if (idempotencyKey === undefined) {
    errors.push({
      path: 'headers.idempotency-key',
      message: 'must be 1 to 255 ASCII characters',
    })
  }
  if (errors.length > 0) throw inputProblem(errors)
  return { ...parsed, idempotencyKey }
}

// The ids of schemas name components of the API document; the serializer needs none.
const withoutIds = z.registry<object>()

const jsonSchemaOf = (body: z.ZodType) => {
  const options = { target: 'draft-7', io: 'output', metadata: withoutIds } as const
  const { $schema: _, ...json } = z.toJSONSchema(body, options)
  return json
}

/** Returns the JSON Schemas from which Fastify compiles the serializer of each status. */
const responseSchema = ({ replies, anotherReply }: Guard) => {
  const bodies = [replies, ...(anotherReply ? [anotherReply.reply] : [])]
  const written = bodies.filter(([, body]) => !(body instanceof z.ZodVoid))
  if (written.length === 0) return {}
  return {
    response: Object.fromEntries(written.map(([status, body]) => [status, jsonSchemaOf(body)])),
  }
}

/** What a handler returns: the reply, another one, or a stream whose content type it has set. */
type Result<Reply extends z.ZodType> = z.input<Reply> | Alternative | Readable

/**
 * Declares a route. The caller is authorized before the body is read. The handler runs with valid
 * input only; its result is sent with the declared status.
 */
export const route = <
  Reply extends z.ZodType,
  Params extends Optional = undefined,
  Query extends Optional = undefined,
  Body extends Optional = undefined,
>(
  app: FastifyInstance,
  guard: Guard<Params, Query, Body, Reply>,
  handle: (input: RouteInput<Params, Query, Body>) => Result<Reply> | Promise<Result<Reply>>,
): void => {
  const [status] = guard.replies
  app.guards.push(guard as unknown as Guard)
  app.route({
    method: guard.method,
    url: guard.url,
    config: { auth: guard.auth },
    schema: responseSchema(guard as unknown as Guard),
    ...(guard.bodyLimit ? { bodyLimit: guard.bodyLimit } : {}),
    onRequest: (request, _reply, done) => {
      authorize(request.caller, guard.auth)
      if (guard.beforeBody) guard.beforeBody().then(() => done(), done)
      else done()
    },
    handler: async (request, reply) => {
      const parsed = parse(guard as unknown as Guard, request)
      const input = { ...parsed, caller: request.caller, request, reply }
      const result = await handle(input as unknown as RouteInput<Params, Query, Body>)
      if (!(result instanceof Alternative)) return reply.code(status).send(result)
      return reply.code(guard.anotherReply?.reply[0] ?? status).send(result.body)
    },
  })
}
