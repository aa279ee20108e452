// The API document, generated from the same guards that check the requests.
import type { z } from 'zod'
import type { ProblemKind } from '../problem.ts'
import type { Guard } from '../route.ts'
import {
  checked,
  type ExampleContext,
  type ExampleValues,
  exampleOf,
  smallestExampleOf,
} from './openapi-example.ts'
import { errorResponses, type Operation, successResponse } from './openapi-responses.ts'
import { type Json, jsonSchema, noComponents, share } from './openapi-schema.ts'

const parametersOf = (
  schema: z.ZodType | undefined,
  where: 'path' | 'query',
  context: ExampleContext,
): Json[] => {
  if (!schema) return []
  const { properties = {}, required = [] } = jsonSchema(schema, 'input', context.components) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, deprecated, ...rest }]) =>
    share(context.components, ['parameters', name], {
      name,
      in: where,
      required: required.includes(name),
      ...(description ? { description } : {}),
      ...(deprecated ? { deprecated } : {}),
      ...(rest.type === 'object' ? { style: 'deepObject', explode: true } : {}),
      schema: rest,
      ...(where === 'path' ? { example: exampleOf(rest, context, name) } : {}),
    }),
  )
}

const securityOf = ({ auth }: Guard): Json => {
  if (auth.kind === 'visitor') return { security: [] }
  const key = auth.scope && `key with scope \`${auth.scope}\``
  const member = key ? `A member for their own part, or a ${key}.` : 'A member.'
  const description = auth.kind === 'member' ? member : `A ${key}.`
  return { security: [{ bearer: [] }], description }
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes a repeated request safe: for 24 hours, the same caller, key and body have one effect ' +
    'and the same response.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
  example: '7d1f0c9e-join-ada',
}

const requestBody = ({ method, url, body, examples }: Guard, context: ExampleContext): Json => {
  if (!body) return {}
  const schema = jsonSchema(body, 'input', context.components)
  const made = examples?.body ?? smallestExampleOf(schema, context)
  const example = checked(made, body, [`${method} ${url} body`, context])
  return {
    requestBody: {
      required: !body.safeParse({}).success,
      content: { 'application/json': { schema, example } },
    },
  }
}

const operationOf = (operation: Operation, tag: string, context: ExampleContext): Json => {
  const { guard } = operation
  const parameters = [
    ...parametersOf(guard.params, 'path', context),
    ...parametersOf(guard.query, 'query', context),
    ...(guard.idempotent
      ? [share(context.components, ['parameters', 'IdempotencyKey'], idempotencyKey)]
      : []),
  ]
  return {
    operationId: guard.operationId,
    tags: [tag],
    summary: guard.summary,
    ...securityOf(guard),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBody(guard, context),
    responses: { ...successResponse(operation, context), ...errorResponses(operation, context) },
  }
}

/** What one process adds to the document: its guards, and what the gateway adds to them. */
export type Part = {
  tag: string
  description: string
  guards: readonly Guard[]
  /** Errors with which the gateway responds in place of the service. */
  gatewayErrors: readonly ProblemKind[]
  /** The error of a request beyond the gateway's limit, and the paths that have a limit. */
  limit: { error: ProblemKind; applies: (url: string) => boolean }
}

const pathsOf = (parts: readonly Part[], context: ExampleContext): Record<string, Json> => {
  const paths: Record<string, Json> = {}
  for (const { tag, guards, gatewayErrors, limit } of parts) {
    for (const guard of guards) {
      const path = guard.url.replace(/:(\w+)/g, '{$1}')
      const isLimited = limit.applies(guard.url)
      const errors = isLimited ? [limit.error, ...gatewayErrors] : gatewayErrors
      const operation = { guard, gatewayErrors: errors, isLimited }
      const method = guard.method.toLowerCase()
      paths[path] = { ...paths[path], [method]: operationOf(operation, tag, context) }
    }
  }
  return paths
}

/** An error as the document lists it under `x-errors`. */
export type ErrorEntry = { code: string; status: number; title: string; help: string }

const listErrors = ({ errors, help, wrong }: DocumentContext): ErrorEntry[] => {
  for (const code of errors.keys()) if (!help[code]) wrong.push(`${code} has no help`)
  for (const code in help) if (!errors.has(code)) wrong.push(`no error has the code ${code}`)
  return [...errors.values()]
    .sort((one, other) => one.status - other.status || one.code.localeCompare(other.code))
    .map(({ code, status, title }) => ({ code, status, title, help: help[code] ?? '' }))
}

type DocumentContext = ExampleContext & { help: Record<string, string> }

/** The texts of the document: example values by member name, and help by error code. */
export type Texts = { values: ExampleValues; help: Record<string, string> }

/**
 * Returns the document as OpenAPI 3.1. `otherErrors` are those of no operation in particular.
 * @throws Error when an example does not fit its schema, or when an error has no help.
 */
export const openApiDocument = (
  parts: readonly Part[],
  otherErrors: readonly ProblemKind[],
  texts: Texts,
): Json => {
  const errors = new Map(otherErrors.map((kind) => [kind.code, kind]))
  const context = { components: noComponents(), wrong: [], errors, ...texts } as DocumentContext
  const paths = pathsOf(parts, context)
  const listed = listErrors(context)
  if (context.wrong.length > 0)
    throw new Error(`The document is wrong:\n${context.wrong.join('\n')}`)
  return {
    openapi: '3.1.0',
    info: {
      title: 'VoBee Invites',
      version: '1.0.0',
      description: 'Waitlist, invite codes, referrals and quality gates of an invite-only launch.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: parts.map(({ tag, description }) => ({ name: tag, description })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or a member token.' },
      },
      ...context.components,
    },
    'x-errors': listed,
  }
}
