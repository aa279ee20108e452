import { expect, test } from 'vitest'
import { z } from 'zod'
import { inputMessage } from './input-messages.ts'

const messagesOf = (schema: z.ZodType, input: unknown) =>
  schema.safeParse(input, { error: inputMessage }).error?.issues.map(({ message }) => message)

// The message, a schema, an input. Each kind of issue that zod has is here.
const invalid: [string, z.ZodType, unknown][] = [
  ['is required', z.string(), undefined],
  ['must be a string', z.string(), 1],
  ['must be a number', z.number(), 'one'],
  ['must be a number', z.coerce.number(), 'one'],
  ['must be an integer', z.int(), 1.5],
  ['must be an integer', z.number().int(), 1.5],
  ['must be true or false', z.boolean(), 'yes'],
  ['must be a list', z.array(z.string()), 'a'],
  ['must be a list', z.tuple([z.string()]), 'a'],
  ['must be an object', z.object({}), []],
  ['must be an object', z.record(z.string(), z.string()), 'a'],
  ['must be null', z.null(), 'a'],
  ['must be of another type', z.symbol(), 'a'],
  ['must be at least 1', z.number().min(1), 0],
  ['must be more than 0', z.number().positive(), 0],
  ['must be at most 10', z.number().max(10), 11],
  ['must be less than 0', z.number().negative(), 0],
  ['must not be empty', z.string().min(1), ''],
  ['must have at least 2 characters', z.string().min(2), 'a'],
  ['must have at most 1 character', z.string().max(1), 'ab'],
  ['must have exactly 2 characters', z.string().length(2), 'a'],
  ['must have exactly 2 characters', z.string().length(2), 'abc'],
  ['must not be empty', z.array(z.string()).min(1), []],
  ['must have at most 2 items', z.array(z.string()).max(2), ['a', 'b', 'c']],
  ['must be an e-mail address', z.email(), 'ada'],
  ['must be a URL', z.url(), 'ada'],
  ['must be a UUID', z.uuid(), 'ada'],
  ['must be a date and time such as 2026-03-02T09:30:00Z', z.iso.datetime(), 'today'],
  ['must be a date such as 2026-03-02', z.iso.date(), 'today'],
  ['must match the pattern /^a$/', z.string().regex(/^a$/), 'b'],
  ['has an invalid format', z.jwt(), 'b'],
  ['must be a multiple of 5', z.number().multipleOf(5), 7],
  ['must be on', z.literal('on'), 'off'],
  ['must be one of paused, resumed', z.enum(['paused', 'resumed']), 'open'],
  ['has none of the accepted types', z.union([z.string(), z.number()]), true],
  [
    'must be one of card, cash',
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('card') }),
      z.object({ type: z.literal('cash') }),
    ]),
    { type: 'cheque' },
  ],
  ['has a member with an invalid name', z.record(z.string().max(1), z.string()), { ab: 'a' }],
  ['has an invalid element', z.map(z.any(), z.object({})), new Map([[{}, 1]])],
  ['has an unknown member', z.strictObject({}), { a: 1 }],
  ['is invalid', z.string().refine(() => false), 'a'],
  ['must be kind', z.string().refine(() => false, 'must be kind'), 'a'],
]

test.each(invalid)('%s', (message, schema, input) => {
  expect(messagesOf(schema, input)).toContain(message)
})
