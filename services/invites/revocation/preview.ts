// What revoking a code and its tree would revoke.
import { type Database, runLong, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { findTargetId, type Target } from '../codes/targets.ts'
import { subtree } from '../codes/tree/subtree.ts'

export type Preview = { codes: number; already_revoked: number; uses: number; people: number }

const countTree = (id: number) => sql`
  with recursive ${subtree(id)},
  use as (select person from subtree join invites.uses on uses.code_id = subtree.id)
  select count(*) filter (where revoked_at is null) as codes,
         count(*) filter (where revoked_at is not null) as already_revoked,
         (select count(*) from use) as uses,
         (select count(distinct person) from use) as people
  from subtree join invites.codes using (id)`

/** Returns null if the code does not exist. */
export const previewRevocation = (db: Database, target: Target<'tree'>): Promise<Preview | null> =>
  transaction(db, async (connection) => {
    const id = await findTargetId(connection, target)
    if (id === null) return null
    const [preview] = await runLong<Preview>(connection, countTree(id))
    return preview ?? null
  })
