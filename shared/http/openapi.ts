// The API document, made from the same guards that check the requests.
import { z } from 'zod'
import { tokenErrors } from '../auth/token-errors.ts'
import {
  idempotencyEffectGone,
  idempotencyInProgress,
  idempotencyKeyReused,
} from '../data/idempotency.ts'
import {
  badRequest,
  bodyTooLarge,
  credentialRequired,
  databaseUnavailable,
  forbidden,
  internalError,
  invalidInput,
  malformedJson,
  ProblemBody,
  type ProblemFactory,
  unauthorized,
  unsupportedMediaType,
} from './problem.ts'
import type { Guard } from './route.ts'

type Json = Record<string, unknown>

/** A zod schema as JSON Schema 2020-12, the dialect of OpenAPI 3.1. */
const jsonSchema = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const {
    $schema: _,
    id: _id,
    ...json
  } = z.toJSONSchema(schema, {
    io,
    reused: 'inline',
    override: ({ jsonSchema: made }) => shorten(made as Json),
  }) as Json
  return json
}

/** Leaves out what says nothing: the pattern behind a format, and the bounds of every integer. */
const shorten = (made: Json) => {
  if (made.format) delete made.pattern
  if (made.minimum === Number.MIN_SAFE_INTEGER) delete made.minimum
  if (made.maximum === Number.MAX_SAFE_INTEGER) delete made.maximum
}

const problems = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
}

const impliedBy = (guard: Guard): ProblemFactory[] => [
  unauthorized,
  ...tokenErrors,
  ...(guard.auth.kind === 'visitor' ? [] : [credentialRequired, forbidden]),
  ...(guard.idempotent ? [idempotencyInProgress, idempotencyEffectGone, idempotencyKeyReused] : []),
  ...(guard.params || guard.query || guard.body ? [invalidInput] : []),
  ...(guard.body ? [badRequest, malformedJson, bodyTooLarge, unsupportedMediaType] : []),
  databaseUnavailable,
  internalError,
]

const refusals = (guard: Guard): Json => {
  const byStatus = new Map<number, string[]>()
  for (const { status, code } of [...(guard.errors ?? []), ...impliedBy(guard)]) {
    byStatus.set(status, [...(byStatus.get(status) ?? []), `\`${code}\``])
  }
  const sorted = [...byStatus].sort(([a], [b]) => a - b)
  return Object.fromEntries(
    sorted.map(([status, codes]) => [
      status,
      { description: [...new Set(codes)].join(', '), content: problems },
    ]),
  )
}

const parametersOf = (schema: z.ZodType | undefined, where: 'path' | 'query'): Json[] => {
  if (!schema) return []
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: required.includes(name),
    ...(description ? { description } : {}),
    schema: rest,
  }))
}

const admissionOf = ({ auth: admits }: Guard): Json => {
  if (admits.kind === 'visitor') return { security: [] }
  const key = admits.scope && `key with scope \`${admits.scope}\``
  const member = key ? `A member for their own part, or a ${key}.` : 'A member.'
  const description = admits.kind === 'member' ? member : `A ${key}.`
  return { security: [{ bearer: [] }], description }
}

const idempotencyHeader = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Of the same caller: has its effect once, and the same answer for 24 hours.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

const operation = (guard: Guard, tag: string): Json => {
  const [status, body] = guard.replies
  const parameters = [
    ...parametersOf(guard.params, 'path'),
    ...parametersOf(guard.query, 'query'),
    ...(guard.idempotent ? [idempotencyHeader] : []),
  ]
  const content = {
    'application/json': { schema: jsonSchema(body, 'output') },
    ...Object.fromEntries((guard.streams ?? []).map((type) => [type, {}])),
  }
  return {
    tags: [tag],
    summary: guard.summary,
    ...admissionOf(guard),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(guard.body
      ? {
          requestBody: {
            required: !guard.body.safeParse({}).success,
            content: { 'application/json': { schema: jsonSchema(guard.body, 'input') } },
          },
        }
      : {}),
    responses: { [status]: { description: 'Success', content }, ...refusals(guard) },
  }
}

/** What one service adds to the document: the guards whose paths the gateway routes to it. */
export type Part = { tag: string; description: string; guards: readonly Guard[] }

const pathsOf = (parts: readonly Part[]): Record<string, Json> => {
  const paths: Record<string, Json> = {}
  for (const { tag, guards } of parts) {
    for (const guard of guards) {
      const path = guard.url.replace(/:(\w+)/g, '{$1}')
      paths[path] = { ...paths[path], [guard.method.toLowerCase()]: operation(guard, tag) }
    }
  }
  return paths
}

/** The whole document, as OpenAPI 3.1. */
export const openApiDocument = (parts: readonly Part[]): Json => ({
  openapi: '3.1.0',
  info: {
    title: 'VoBee Invites',
    version: '1.0.0',
    description: 'Waitlist, invite codes, referrals and quality gates of an invite-only launch.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/' }],
  tags: parts.map(({ tag, description }) => ({ name: tag, description })),
  paths: pathsOf(parts),
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or a member token.' },
    },
    schemas: { Problem: jsonSchema(ProblemBody, 'output') },
  },
})
