// Looking codes up, each or a whole batch. A code is found whatever its case.
import type { Queryable } from '@vobee/shared/data/database'
import { type CodeStatus, codeStatus } from './code-status.ts'
import { usesHeld } from './reserved-uses.ts'

export type FoundCode = {
  code: string
  /** Null: unlimited. */
  uses_left: number | null
  /** Of `uses_left`, those that nobody has reserved. */
  uses_free: number | null
  expires_at: string | null
  status: CodeStatus
}

export const findCode = async (db: Queryable, given: string): Promise<FoundCode | null> => {
  const { rows } = await db.query<FoundCode>({
    name: 'find-code',
    text: `
      select code, uses_left, uses_left - ${usesHeld('codes')} as uses_free, expires_at,
             ${codeStatus('codes')} as status
      from invites.codes
      where upper(code collate "C") = upper($1 collate "C")`,
    values: [given],
  })
  return rows[0] ?? null
}

export type Batch = { id: number; batch_id: string; size: number }

export const findBatch = async (db: Queryable, batchId: string): Promise<Batch | null> => {
  const { rows } = await db.query<Batch>(
    'select id, batch_id, size from invites.batches where batch_id = $1',
    [batchId],
  )
  return rows[0] ?? null
}

export type Wanted = { batch: number; after: number; between: string; limit: number }

/**
 * The codes of a batch behind the id `after`, at most `limit`, and the last one's id. They come as
 * one text: a million rows would be a million objects.
 */
export const readCodes = async (db: Queryable, { batch, after, between, limit }: Wanted) => {
  const { rows } = await db.query<{ codes: string; last: number }>({
    name: 'read-codes',
    text: `
      select coalesce(string_agg(code, $3 order by id), '') as codes, max(id) as last
      from (
        select id, code from invites.codes where batch = $1 and id > $2 order by id limit $4
      ) as page`,
    values: [batch, after, between, limit],
  })
  return rows[0] as { codes: string; last: number }
}
