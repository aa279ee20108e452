// Batches, newest first.
import type { Queryable } from '@vobee/shared/data/database'

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

export const batchColumns = `
  batch_id, size, max_uses, expires_at, created_by, created_at, metadata, override_reason`

export type WantedBatches = { created_by: string | null; before: number | null; limit: number }

/** Batches, newest first, each with its id as `key`. */
export const listBatches = async (db: Queryable, { created_by, before, limit }: WantedBatches) => {
  const { rows } = await db.query<ListedBatch & { key: number }>(
    `select id as key, ${batchColumns}
     from invites.batches
     where ($1::text is null or created_by = $1) and ($2::bigint is null or id < $2)
     order by id desc limit $3`,
    [created_by, before, limit],
  )
  return rows
}
