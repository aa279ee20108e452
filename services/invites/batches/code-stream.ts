// The codes of a batch as one reply of any length, in the format that the client accepts.
import { Readable } from 'node:stream'
import type { Database } from '@vobee/shared/data/database'
import { exportTypeOf } from '@vobee/shared/http/export'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { type Batch, readCodes } from './batch-codes.ts'

export const GeneratedReply = z.object({
  status: z.literal('success'),
  batch_id: z.string(),
  generated: z.int().min(1),
  codes: z.array(z.string()),
})

type Format = {
  type: string
  begin: (batch: Batch) => string
  between: string
  end: string
  safe?: (codes: string) => string
}

// No character of a code needs an escape in these formats.
const json: Format = {
  type: 'application/json; charset=utf-8',
  begin: ({ batch_id, size }) => {
    const members = JSON.stringify({ status: 'success', batch_id, generated: size })
    return `${members.slice(0, -1)},"codes":["`
  },
  between: '","',
  end: '"]}',
}
const files: Record<NonNullable<ReturnType<typeof exportTypeOf>>, Format> = {
  'text/csv': {
    type: 'text/csv; charset=utf-8',
    begin: () => 'code\r\n',
    between: '\r\n',
    end: '\r\n',
    // Of the characters that begin a formula, a code can begin with `-` only.
    safe: (codes) => codes.replace(/^-/gm, "'-"),
  },
  'application/x-ndjson': {
    type: 'application/x-ndjson',
    begin: () => '{"code":"',
    between: '"}\n{"code":"',
    end: '"}\n',
  },
}

const PAGE = 10_000

async function* textOf(db: Database, batch: Batch, { begin, between, end, safe }: Format) {
  let before = begin(batch)
  let after = 0
  for (let left = batch.size; left > 0; left -= PAGE) {
    const limit = Math.min(left, PAGE)
    const page = await readCodes(db, { batch: batch.id, after, between, limit })
    const codes = safe ? safe(page.codes) : page.codes
    yield before + codes + (left > PAGE ? '' : end)
    before = between
    after = page.last
  }
}

/**
 * Streams all codes of a committed batch. It reads a page when the client has taken the previous
 * one, so memory is flat and no transaction waits for a slow client.
 */
export const streamCodes = (reply: FastifyReply, db: Database, batch: Batch): Readable => {
  const type = exportTypeOf(reply.request)
  const format = type ? files[type] : json
  reply.type(format.type)
  return Readable.from(textOf(db, batch, format), { objectMode: false, highWaterMark: 65_536 })
}
