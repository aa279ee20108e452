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
 * Returns a stream of `pages`. The next page is read when the client is ready for it, so memory
 * stays flat. An error after the first byte ends the connection.
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
