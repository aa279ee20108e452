// Paging: a cursor is the sort key of a page's last row, opaque to clients. It holds nothing that a
// client may not see, so its shape is checked and it is not signed.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'

type Key = readonly (string | number)[]

export const encodeCursor = (key: Key): string =>
  Buffer.from(JSON.stringify(key)).toString('base64url')

const decode = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
}

/** A cursor in a query, parsed to the `key` that `encodeCursor` took. */
export const Cursor = <Shape extends z.ZodType<Key>>(key: Shape) =>
  z
    .string()
    .max(200)
    .transform((cursor, context): z.output<Shape> => {
      const parsed = key.safeParse(decode(cursor))
      if (parsed.success) return parsed.data
      context.issues.push({
        code: 'custom',
        message: 'is not a cursor of this list',
        input: cursor,
      })
      return z.NEVER
    })
    .optional()
    .describe('The `next` of the previous page.')

/** The member `next` of a list's reply. */
export const NextCursor = z
  .string()
  .nullable()
  .describe('The cursor of the next page; null on the last page.')

/**
 * Splits rows that were read with a limit of `limit + 1`: the page, and the key of its last row if
 * more rows follow.
 */
export const pageOf = <Row, K extends Key>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => K,
): { page: Row[]; next: K | null } => {
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1) : undefined
  return { page, next: last === undefined ? null : keyOf(last) }
}

/** The `Link` header of a page (RFC 8288): the same query from another cursor, as a relative reference. */
const linkTo = (url: string, cursor: string): string => {
  const query = new URLSearchParams(url.split('?')[1])
  query.set('cursor', cursor)
  return `<?${query}>; rel="next"`
}

/** Returns the cursor after `key` and sets the `Link` header; null if there is no next page. */
export const nextPage = (
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  key: Key | null,
): string | null => {
  if (!key) return null
  const cursor = encodeCursor(key)
  reply.header('link', linkTo(request.url, cursor))
  return cursor
}
