// The response headers that the API document names, and which responses have them.

import type { Guard } from '../route.ts'
import { type Components, type Json, share } from './openapi-schema.ts'

const text = { type: 'string' }

const headers = {
  'X-Request-Id': {
    description: 'The id of the request, as in the logs.',
    schema: text,
    example: '4b1f6f0e-2f3c-4a58-9d0a-6f3f2f7f9a11',
  },
  RateLimit: {
    description: 'Requests that remain (`r`), and seconds until the limit resets (`t`).',
    schema: text,
    example: '"visitor";r=299;t=60',
  },
  'RateLimit-Policy': {
    description: 'Requests allowed (`q`) in a window of `w` seconds.',
    schema: text,
    example: '"visitor";q=300;w=60',
  },
  'Retry-After': {
    description: 'Seconds to wait before the next attempt.',
    schema: { type: 'integer', minimum: 1 },
    example: 2,
  },
  'WWW-Authenticate': {
    description: 'The scheme to authenticate with.',
    schema: text,
    example: 'Bearer',
  },
  Link: {
    description: 'The next page (`rel="next"`, RFC 8288); missing on the last page.',
    schema: text,
    example: '<?cursor=WzQyXQ>; rel="next"',
  },
  'Idempotent-Replayed': {
    description: 'Present if this is the stored response to an earlier request with this key.',
    schema: { type: 'string', const: 'true' },
    example: 'true',
  },
  Location: { description: 'Where the client continues.', schema: text, example: '/join.html' },
} satisfies Record<string, Json>

type Name = keyof typeof headers

const retriable = [409, 429, 503]

const namesOf = (status: number, guard: Guard, isLimited: boolean): Name[] => {
  const isSuccess = status < 300
  const isPaged = Object.hasOwn((guard.query as { shape?: object })?.shape ?? {}, 'cursor')
  return [
    'X-Request-Id',
    ...(isLimited ? (['RateLimit', 'RateLimit-Policy'] as const) : []),
    ...(retriable.includes(status) ? (['Retry-After'] as const) : []),
    ...(status === 401 ? (['WWW-Authenticate'] as const) : []),
    ...(isSuccess && isPaged ? (['Link'] as const) : []),
    ...(isSuccess && guard.idempotent ? (['Idempotent-Replayed'] as const) : []),
    ...(status >= 300 && status < 400 ? (['Location'] as const) : []),
  ]
}

/** Returns references to the headers of a response with this status. */
export const headersOf = (
  status: number,
  { guard, isLimited }: { guard: Guard; isLimited: boolean },
  components: Components,
): Json => {
  const names = namesOf(status, guard, isLimited)
  return Object.fromEntries(
    names.map((name) => [name, share(components, ['headers', name], headers[name])]),
  )
}
