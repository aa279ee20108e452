// Exports: rows are sent as a file while they are read, in the format that the client accepts.
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { csvLine } from './csv.ts'

export const exportTypes = ['text/csv', 'application/x-ndjson'] as const
export type ExportType = (typeof exportTypes)[number]

/** Returns the file format that the client accepts; null if it accepts JSON. */
export const exportTypeOf = ({ headers }: FastifyRequest): ExportType | null =>
  exportTypes.find((type) => headers.accept?.toLowerCase().includes(type)) ?? null

type Row = Record<string, unknown>
type Pages = AsyncIterable<Row[]>

const ndjsonLine = (columns: readonly string[], row: Row) =>
  `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, row[column]])))}\n`

async function* linesOf(type: ExportType, columns: readonly string[], pages: Pages) {
  if (type === 'text/csv') yield csvLine(columns)
  const lineOf = (row: Row) =>
    type === 'text/csv' ? csvLine(columns.map((column) => row[column])) : ndjsonLine(columns, row)
  for await (const rows of pages) if (rows.length > 0) yield rows.map(lineOf).join('')
}

/**
 * Returns a stream of `pages`. The next page is read when the client is ready for it, so memory
 * stays flat. An error after the first byte ends the connection.
 */
export const exportRows = (
  reply: FastifyReply,
  type: ExportType,
  columns: readonly string[],
  pages: Pages,
): Readable => {
  reply.type(type === 'text/csv' ? 'text/csv; charset=utf-8' : type)
  return Readable.from(linesOf(type, columns, pages), { objectMode: false, highWaterMark: 65_536 })
}

/** Rows of an exported page. */
export const FILE_PAGE = 1_000

type PageOf<Item, Key> = { page: Item[]; next: Key | null }

/** Reads page after page: `read` returns the page after a key, and the key of the next one. */
export async function* allPages<Item extends object, Key>(
  read: (after: Key | null) => Promise<PageOf<Item, Key>>,
): AsyncGenerator<Item[]> {
  let after: Key | null = null
  do {
    const { page, next }: PageOf<Item, Key> = await read(after)
    yield page
    after = next
  } while (after !== null)
}
