// The codes of a whole batch.
import type { Queryable } from '@vobee/shared/data/database'
import { prepared, sql } from '@vobee/shared/data/sql'

export type Batch = { id: number; batch_id: string; size: number }

export const findBatch = async (db: Queryable, batchId: string): Promise<Batch | null> => {
  const { rows } = await db.query<Batch>(
    sql`select id, batch_id, size from invites.batches where batch_id = ${batchId}`,
  )
  return rows[0] ?? null
}

type Page = { batch: number; after: number; between: string; limit: number }

const joinCodes = ({ batch, after, between, limit }: Page) => sql`
  select coalesce(string_agg(code, ${between} order by id), '') as codes, max(id) as last
  from (
    select id, code from invites.codes
    where batch = ${batch} and id > ${after}
    order by id limit ${limit}
  ) as page`

/**
 * Returns at most `limit` codes of a batch after the id `after`, joined by `between`, and the last
 * id. One text, because a million rows would be a million objects.
 */
export const readCodes = async (db: Queryable, page: Page) => {
  type Read = { codes: string; last: number }
  const { rows } = await db.query<Read>(prepared('read-codes', joinCodes(page)))
  return rows[0] as Read
}
