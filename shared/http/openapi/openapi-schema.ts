// Zod schemas as JSON Schema 2020-12, the dialect of OpenAPI 3.1.
import { z } from 'zod'

export type Json = Record<string, unknown>

const kinds = ['schemas', 'parameters', 'headers', 'responses', 'examples'] as const

/** What operations share, by kind and name. */
export type Components = Record<(typeof kinds)[number], Record<string, Json>>

export const noComponents = (): Components => ({
  schemas: {},
  parameters: {},
  headers: {},
  responses: {},
  examples: {},
})

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

// A pattern behind a format and the bounds of every integer say nothing.
const shorten = (made: Json) => {
  if (made.format) delete made.pattern
  if (made.minimum === Number.MIN_SAFE_INTEGER) delete made.minimum
  if (made.maximum === Number.MAX_SAFE_INTEGER) delete made.maximum
}

const referToComponents = (json: Json): Json =>
  JSON.parse(JSON.stringify(json).replaceAll('"#/$defs/', '"#/components/schemas/'))

/**
 * Returns a schema as JSON Schema. Each schema in it that has an `id` becomes a component.
 * @throws Error when two different schemas have the same id.
 */
export const jsonSchema = (
  schema: z.ZodType,
  io: 'input' | 'output',
  { schemas }: Components,
): Json => {
  const made = z.toJSONSchema(schema, {
    io,
    reused: 'inline',
    override: ({ jsonSchema }) => shorten(jsonSchema as Json),
  })
  const { $schema: _, $defs = {}, ...json } = referToComponents(made as Json)
  for (const [id, definition] of Object.entries($defs as Record<string, Json>)) {
    if (schemas[id] && !isSame(schemas[id], definition)) {
      throw new Error(`Two different schemas have the id ${id}.`)
    }
    schemas[id] = definition
  }
  return json
}

/** Adds a component and returns a reference to it. Different ones of the same name get numbers. */
export const share = (
  components: Components,
  [kind, name]: [keyof Components, string],
  content: Json,
): Json => {
  const named = components[kind]
  let free = name
  for (let n = 2; named[free] && !isSame(named[free], content); n++) free = `${name}${n}`
  named[free] = content
  return { $ref: `#/components/${kind}/${free}` }
}
