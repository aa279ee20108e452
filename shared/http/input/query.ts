// Query strings with members of objects: `metadata.team=3`, or `metadata[team]=3` (deepObject of
// OpenAPI), is `{metadata: {team: '3'}}`.
import { parse } from 'node:querystring'

// Schemas would drop a member `__proto__` in silence; as a parameter of its own it is rejected.
const nested = /^(\w+)(?:\.(?!__proto__$)(.+)|\[(?!__proto__\]$)(.+)\])$/

/** Parses a query string. A parameter that is given twice is a list. */
export const parseQuery = (query: string): Record<string, unknown> => {
  const parsed: Record<string, unknown> = Object.create(null)
  if (query === '') return parsed
  for (const [name, value] of Object.entries(parse(query))) {
    const [, object, dotted, bracketed] = nested.exec(name) ?? []
    if (object === undefined) parsed[name] = value
    else parsed[object] = withMember(parsed[object], (dotted ?? bracketed) as string, value)
  }
  return parsed
}

// A member beside a plain value is dropped: no parameter is both.
const withMember = (object: unknown, name: string, value: unknown) =>
  object === undefined || isObject(object)
    ? Object.assign(Object.create(null), object, { [name]: value })
    : object

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
