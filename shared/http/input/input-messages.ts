// Messages for invalid input: zod's issues as predicates of the member that they are about.
import type { z } from 'zod'

type Issue = z.core.$ZodRawIssue
type Of<Code extends Issue['code']> = Extract<Issue, { code: Code }>

const types: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'an integer',
  nan: 'a number',
  bigint: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  map: 'an object',
  null: 'null',
  date: 'a date',
}

const formats: Record<string, string> = {
  email: 'an e-mail address',
  url: 'a URL',
  uuid: 'a UUID',
  guid: 'a UUID',
  datetime: 'a date and time such as 2026-03-02T09:30:00Z',
  date: 'a date such as 2026-03-02',
  time: 'a time such as 09:30:00',
  json_string: 'JSON',
}

const plural = (count: unknown, noun: string) => `${count} ${noun}${Number(count) === 1 ? '' : 's'}`

const nouns: Record<string, string> = {
  string: 'character',
  array: 'item',
  set: 'item',
  file: 'byte',
}

const tooSmall = ({ origin, minimum, inclusive, exact }: Of<'too_small'>) => {
  const noun = nouns[origin]
  if (!noun) return `must be ${inclusive === false ? 'more than' : 'at least'} ${minimum}`
  if (exact) return `must have exactly ${plural(minimum, noun)}`
  return Number(minimum) === 1 ? 'must not be empty' : `must have at least ${plural(minimum, noun)}`
}

const tooBig = ({ origin, maximum, inclusive, exact }: Of<'too_big'>) => {
  const noun = nouns[origin]
  if (!noun) return `must be ${inclusive === false ? 'less than' : 'at most'} ${maximum}`
  return `must have ${exact ? 'exactly' : 'at most'} ${plural(maximum, noun)}`
}

const oneOf = (values: readonly unknown[]) =>
  values.length === 1
    ? `must be ${String(values[0])}`
    : `must be one of ${values.map(String).join(', ')}`

const invalidType = ({ expected, input }: Of<'invalid_type'>) =>
  input === undefined ? 'is required' : `must be ${types[expected] ?? 'of another type'}`

// Only an issue about the member that decides between the types has options.
const invalidUnion = ({ options }: Of<'invalid_union'>) =>
  Array.isArray(options) ? oneOf(options) : 'has none of the accepted types'

const invalidFormat = ({ format, pattern }: Of<'invalid_format'>) => {
  if (formats[format]) return `must be ${formats[format]}`
  return pattern ? `must match the pattern ${pattern}` : 'has an invalid format'
}

const messages: { [Code in Issue['code']]: (issue: Of<Code>) => string } = {
  invalid_type: invalidType,
  too_small: tooSmall,
  too_big: tooBig,
  invalid_format: invalidFormat,
  not_multiple_of: ({ divisor }) => `must be a multiple of ${divisor}`,
  invalid_value: ({ values }) => oneOf(values),
  invalid_union: invalidUnion,
  invalid_key: () => 'has a member with an invalid name',
  invalid_element: () => 'has an invalid element',
  unrecognized_keys: () => 'has an unknown member',
  custom: () => 'is invalid',
}

/** Returns the message of an issue whose schema states none. */
export const inputMessage = (issue: Issue): string =>
  (messages[issue.code] as (issue: Issue) => string)(issue)
