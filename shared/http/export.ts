// Rows as a file: sent while they are read, in whichever form the client accepts.
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { csvLine } from './csv.ts'

export const exportTypes = ['text/csv', 'application/x-ndjson'] as const
export type ExportType = (typeof exportTypes)[number]

/** The form in which the client wants a file, by its `Accept`; null when it wants JSON. */
export const exportTypeOf = ({ headers }: FastifyRequest): ExportType | null =>
  exportTypes.find((type) => headers.accept?.toLowerCase().includes(type)) ?? null

type Row = Record<string, unknown>

async function* linesOf(type: ExportType, columns: readonly string[], pages: AsyncIterable<Row[]>) {
  if (type === 'text/csv') yield csvLine(columns)
  for await (const rows of pages) {
    const lines = rows.map((row) =>
      type === 'text/csv'
        ? csvLine(columns.map((column) => row[column]))
        : `${JSON.stringify(row)}\n`,
    )
    if (lines.length > 0) yield lines.join('')
  }
}

/**
 * A stream of `pages` as they are read: the next page is asked for when the reader is ready for it,
 * so memory is flat. A failure after the beginning breaks the connection off.
 */
export const exportRows = (
  reply: FastifyReply,
  type: ExportType,
  columns: readonly string[],
  pages: AsyncIterable<Row[]>,
): Readable => {
  reply.type(type === 'text/csv' ? 'text/csv; charset=utf-8' : type)
  return Readable.from(linesOf(type, columns, pages), { objectMode: false, highWaterMark: 65_536 })
}
