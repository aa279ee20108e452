// The responses of an operation in the API document: success, and errors by status and code.
import { z } from 'zod'
import { tokenErrors } from '../../auth/token-errors.ts'
import {
  idempotencyEffectGone,
  idempotencyInProgress,
  idempotencyKeyReused,
} from '../../data/idempotency/errors.ts'
import {
  badRequest,
  bodyTooLarge,
  credentialRequired,
  databaseUnavailable,
  forbidden,
  internalError,
  invalidInput,
  malformedJson,
  overloaded,
  ProblemBody,
  type ProblemKind,
  problemType,
  unauthorized,
  unsupportedMediaType,
  uriTooLong,
} from '../problem.ts'
import type { Guard } from '../route.ts'
import { pascalCase } from '../text.ts'
import { checked, type ExampleContext, exampleOf } from './openapi-example.ts'
import { headersOf } from './openapi-headers.ts'
import { type Json, jsonSchema, share } from './openapi-schema.ts'

const impliedBy = (guard: Guard): ProblemKind[] => [
  unauthorized,
  ...tokenErrors,
  ...(guard.auth.kind === 'visitor' ? [] : [credentialRequired, forbidden]),
  ...(guard.idempotent ? [idempotencyInProgress, idempotencyEffectGone, idempotencyKeyReused] : []),
  ...(guard.params || guard.query || guard.body ? [invalidInput] : []),
  ...(guard.params ? [uriTooLong] : []),
  ...(guard.method === 'GET'
    ? []
    : [badRequest, malformedJson, bodyTooLarge, unsupportedMediaType]),
  databaseUnavailable,
  overloaded,
  internalError,
]

const shareExample = (name: string, value: unknown, { components }: ExampleContext): Json =>
  share(components, ['examples', name], { value })

const nameOf = ({ $ref }: Json) => (typeof $ref === 'string' ? $ref.split('/').at(-1) : undefined)

/** Members that each of these errors has besides those of every problem. */
const membersOf = (kinds: readonly ProblemKind[]) => {
  const [first = {}, ...others] = kinds.map(({ members = {} }) => members)
  const common = Object.entries(first).filter(([name]) => others.every((each) => name in each))
  return Object.fromEntries(common)
}

const errorResponse = (kinds: ProblemKind[], context: ExampleContext): Json => {
  const codes = kinds.map(({ code }) => code)
  const { status, title } = kinds[0] as ProblemKind
  const members = membersOf(kinds)
  const refined = z.looseObject({ code: z.enum(codes), ...members })
  const refinement = jsonSchema(refined, 'output', context.components)
  const example = {
    type: problemType('https://example.com', codes[0] as string),
    title,
    status,
    detail: title,
    instance: context.values.instance?.[0],
    request_id: context.values.request_id?.[0],
    ...(exampleOf(refinement, context) as Json),
  }
  const schema = { allOf: [jsonSchema(ProblemBody, 'output', context.components), refinement] }
  const [code = ''] = codes
  const examples = { [code]: shareExample(pascalCase(code), example, context) }
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    content: { 'application/problem+json': { schema, examples } },
  }
}

const errorsByStatus = (errors: readonly ProblemKind[]) => {
  const unique = [...new Map(errors.map((kind) => [kind.code, kind])).values()]
  return [...Map.groupBy(unique, ({ status }) => status)].sort(([one], [other]) => one - other)
}

/** An operation with what the document adds to its guard. */
export type Operation = {
  guard: Guard
  /** Errors that the gateway responds with before or instead of the service. */
  gatewayErrors: readonly ProblemKind[]
  isLimited: boolean
}

/** Returns every error response of an operation, each with its codes; equal ones are shared. */
export const errorResponses = (operation: Operation, context: ExampleContext): Json => {
  const { guard, gatewayErrors } = operation
  const errors = errorsByStatus([...impliedBy(guard), ...(guard.errors ?? []), ...gatewayErrors])
  for (const [, kinds] of errors) for (const kind of kinds) context.errors.set(kind.code, kind)
  const responses = errors.map(([status, kinds]) => {
    // Naming all codes makes the document 11 kB larger.
    const name = pascalCase((kinds[0] as ProblemKind).code)
    const headers = headersOf(status, operation, context.components)
    const response = { ...errorResponse(kinds, context), headers }
    return [status, share(context.components, ['responses', name], response)]
  })
  return Object.fromEntries(responses)
}

const successContent = (guard: Guard, body: z.ZodType, context: ExampleContext): Json => {
  if (body instanceof z.ZodVoid) return {}
  const schema = jsonSchema(body, 'output', context.components)
  const made = guard.examples?.reply ?? exampleOf(schema, context)
  const example = checked(made, body, [`${guard.method} ${guard.url} reply`, context])
  const name = nameOf(schema)
  const examples = name
    ? { examples: { [name]: shareExample(name, example, context) } }
    : { example }
  const streams = (guard.streams ?? []).map((type) => [type, { schema: { type: 'string' } }])
  return {
    content: {
      [guard.contentType ?? 'application/json']: { schema, ...examples },
      ...Object.fromEntries(streams),
    },
  }
}

/** Returns the responses of an operation that succeeds. */
export const successResponse = (operation: Operation, context: ExampleContext): Json => {
  const { guard } = operation
  const replies = [guard.replies, ...(guard.anotherReply ? [guard.anotherReply.reply] : [])]
  const responses = replies.map(([status, body]) => [
    status,
    {
      description: status < 300 ? 'Success' : 'Redirect',
      headers: headersOf(status, operation, context.components),
      ...successContent(guard, body, context),
    },
  ])
  return Object.fromEntries(responses)
}
