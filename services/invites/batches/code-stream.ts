// The codes of a batch as one answer of any length, in the form that the client accepts.
import { Readable } from 'node:stream'
import type { Database } from '@vobee/shared/data/database'
import { exportTypeOf } from '@vobee/shared/http/export'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { type Batch, readCodes } from '../codes/find-code.ts'

export const CodesReply = z.object({
  status: z.literal('success'),
  batch_id: z.string(),
  generated: z.int().min(1),
  codes: z.array(z.string()),
})

type Form = {
  type: string
  begin: (batch: Batch) => string
  between: string
  end: string
  safe?: (codes: string) => string
}

// No character of a code needs an escape in any of these.
const json: Form = {
  type: 'application/json; charset=utf-8',
  begin: ({ batch_id, size }) => {
    const members = JSON.stringify({ status: 'success', batch_id, generated: size })
    return `${members.slice(0, -1)},"codes":["`
  },
  between: '","',
  end: '"]}',
}
const files: Record<NonNullable<ReturnType<typeof exportTypeOf>>, Form> = {
  'text/csv': {
    type: 'text/csv; charset=utf-8',
    begin: () => 'code\r\n',
    between: '\r\n',
    end: '\r\n',
    // The one way in which a code can look like a formula to a spreadsheet.
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

async function* textOf(db: Database, batch: Batch, { begin, between, end, safe }: Form) {
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
 * Answers with all codes of a batch that is committed: a page is read when the client has taken
 * the one before, so that memory is flat and no transaction waits for a slow reader.
 */
export const streamCodes = (reply: FastifyReply, db: Database, batch: Batch): Readable => {
  const type = exportTypeOf(reply.request)
  const form = type ? files[type] : json
  reply.type(form.type)
  return Readable.from(textOf(db, batch, form), { objectMode: false, highWaterMark: 65_536 })
}
