// Where a page of a list ends: the sort key of its last row, opaque to clients. It holds nothing
// that a client may not see, so it is checked for its shape and not signed.
import { z } from 'zod'

type Key = readonly (string | number)[]

export const encodeCursor = (key: Key): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url')

const parse = (given: string): unknown => {
  try {
    return JSON.parse(Buffer.from(given, 'base64url').toString())
  } catch {
    return undefined
  }
}

/** A cursor in a query: the `key` that `cursorOf` was given. */
export const Cursor = <Shape extends z.ZodType<Key>>(key: Shape) =>
  z
    .string()
    .max(200)
    .transform((given, context): z.output<Shape> => {
      const read = key.safeParse(parse(given))
      if (read.success) return read.data
      context.issues.push({
        code: 'custom',
        message: 'is not a cursor of this list',
        input: given,
      })
      return z.NEVER
    })
    .optional()
    .describe('The `next` of the page before.')

/** The `Link` header of a page (RFC 8288): the same query from another cursor, as a relative reference. */
export const nextLink = (url: string, cursor: string): string => {
  const query = new URLSearchParams(url.split('?')[1])
  query.set('cursor', cursor)
  return `<?${query}>; rel="next"`
}
