import type { Queryable } from '@vobee/shared/data/database'
import { raw, sql } from '@vobee/shared/data/sql'
import { pageOf } from '@vobee/shared/http/cursor'

export type ListedBatch = {
  batch_id: string
  size: number
  max_uses: number | null
  expires_at: string | null
  created_by: string
  created_at: string
  metadata: Record<string, unknown>
  override_reason: string | null
}

/** SQL: the columns of `ListedBatch`. */
export const batchColumns = raw(`
  batch_id, size, max_uses, expires_at, created_by, created_at, metadata, override_reason`)

export type Key = [id: number]
type Range = { created_by: string | null; before: Key | null; limit: number }

/** Returns a page of the batches before a key, newest first. */
export const listBatches = async (db: Queryable, { created_by, before, limit }: Range) => {
  const id = before?.[0] ?? null
  const { rows } = await db.query<ListedBatch & { key: number }>(sql`
    select id as key, ${batchColumns}
    from invites.batches
    where (${created_by}::text is null or created_by = ${created_by})
      and (${id}::bigint is null or id < ${id})
    order by id desc limit ${limit + 1}`)
  return pageOf(rows, limit, ({ key }): Key => [key])
}
