// Examples for the API document, composed from JSON Schemas and values by member name.
import type { z } from 'zod'
import type { ProblemKind } from '../problem.ts'
import type { Components, Json } from './openapi-schema.ts'

/** Example values by member or parameter name; the first that fits a schema is taken. */
export type ExampleValues = Record<string, readonly unknown[]>

export type ExampleContext = {
  components: Components
  values: ExampleValues
  /** What is wrong with examples so far. */
  wrong: string[]
  /** The errors of all operations so far, by code. */
  errors: Map<string, ProblemKind>
}

type Schema = {
  $ref?: string
  anyOf?: Schema[]
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  examples?: unknown[]
  format?: string
  minimum?: number
  items?: Schema
  properties?: Record<string, Schema>
}

const byFormat: Record<string, string> = {
  'date-time': '2026-03-02T09:30:00.000Z',
  date: '2026-03-02',
  uuid: '8f14e45f-ceea-4e7a-9c3b-1d2f5a6b7c8d',
  email: 'ada@example.com',
  uri: 'https://example.com/',
}

const typeOf = (value: unknown) => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return Number.isInteger(value) ? 'integer' : typeof value
}

const referred = ({ $ref = '' }: Schema, { schemas }: Components) =>
  schemas[$ref.replace('#/components/schemas/', '')] as Schema

const fits = (value: unknown, schema: Schema, components: Components): boolean => {
  if (schema.$ref) return fits(value, referred(schema, components), components)
  if (schema.anyOf) return schema.anyOf.some((choice) => fits(value, choice, components))
  if (schema.enum) return schema.enum.includes(value)
  const types = [schema.type].flat()
  const type = typeOf(value)
  const { items } = schema
  if (Array.isArray(value) && items && !value.every((item) => fits(item, items, components)))
    return false
  return types.includes(type) || (type === 'integer' && types.includes('number'))
}

const objectOf = ({ properties = {} }: Schema, context: ExampleContext) =>
  Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [name, compose(member, context, name)]),
  )

const scalarOf = ({ type, format = '', minimum = 1 }: Schema) => {
  const [first] = [type].flat()
  if (first === 'boolean') return false
  if (first === 'integer' || first === 'number') return minimum
  return byFormat[format] ?? 'text'
}

const compose = (schema: Schema, context: ExampleContext, name = ''): unknown => {
  const { components, values } = context
  if (schema.const !== undefined) return schema.const
  if (schema.examples) return schema.examples[0]
  const fitting = values[name]?.filter((value) => fits(value, schema, components)) ?? []
  if (fitting.length > 0) return fitting[0]
  if (schema.$ref) return compose(referred(schema, components), context, name)
  if (schema.anyOf?.[0]) return compose(schema.anyOf[0], context, name)
  if (schema.enum) return schema.enum[0]
  const [type] = [schema.type].flat()
  if (type === 'object') return objectOf(schema, context)
  if (type === 'array') return [compose(schema.items ?? {}, context, name)]
  return scalarOf(schema)
}

/** Returns an example of a schema; `name` is that of the member or parameter that has it. */
export const exampleOf = (schema: Json, context: ExampleContext, name?: string): unknown =>
  compose(schema as Schema, context, name)

/** Returns an example with the required members of an object only. */
export const smallestExampleOf = (schema: Json, context: ExampleContext): unknown => {
  const object = schema.$ref ? referred(schema, context.components) : (schema as Schema)
  const { required = [] } = object as { required?: string[] }
  const members = exampleOf(schema, context) as Json
  return Object.fromEntries(required.map((member) => [member, members[member]]))
}

/** Returns the example; adds to the context's `wrong` when the schema rejects it. */
export const checked = (
  example: unknown,
  schema: z.ZodType,
  [name, { wrong }]: [name: string, ExampleContext],
): unknown => {
  const { error } = schema.safeParse(example)
  for (const { path, message } of error?.issues ?? []) {
    wrong.push(`${name}, ${path.join('.')}: ${message}`)
  }
  return example
}
