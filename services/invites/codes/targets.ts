// What an act is on: a code as it is typed, a code with all that came of it, or a batch.
import type { Queryable } from '@vobee/shared/data/database'

export type Target<Kind extends 'code' | 'batch' | 'tree' = 'code' | 'batch' | 'tree'> = {
  kind: Kind
  named: string
}

const code = 'select id from invites.codes where upper(code collate "C") = upper($1 collate "C")'
const find = { code, tree: code, batch: 'select id from invites.batches where batch_id = $1' }

/** The id of what is meant, or null when there is none. */
export const idOf = async (db: Queryable, { kind, named }: Target): Promise<number | null> =>
  (await db.query<{ id: number }>(find[kind], [named])).rows[0]?.id ?? null
