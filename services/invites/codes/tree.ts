// Looking at who let whom in, and at what revoking a code with all that came of it would touch.
import { type Database, runLong, transaction } from '@vobee/shared/data/database'
import { type CodeStatus, codeStatus } from './code-status.ts'
import { levels, subtree } from './subtree.ts'
import { idOf, type Target } from './targets.ts'

export type TreeCode = {
  code: string
  depth: number
  status: CodeStatus
  batch_id: string
  created_by: string
  issued_to: string | null
  /** Who was given it, and by the use of which code they had come. */
  given_to: string | null
  came_of: string | null
  uses: number
}

export type TreeUse = { code: string; email: string; used_at: string }

export type Tree = { codes: TreeCode[]; redemptions: TreeUse[] }

const TREE = `
  with recursive ${levels},
  node as (
    select distinct on (id) * from (select * from levels limit 10 * $3) as found
    order by id, depth, via
  )
  select code.code, depth, ${codeStatus('code')} as status, batch_id, created_by, code.issued_to,
         use.email as given_to, parent.code as came_of,
         case when max_uses is null
           then (select count(*) from invites.uses where code_id = code.id)
           else max_uses - code.uses_left end as uses
  from node
  join invites.codes as code using (id)
  join invites.batches as batch on batch.id = code.batch
  left join invites.uses as use on use.code_id = via and use.person = node.person
  left join invites.codes as parent on parent.id = via
  order by depth, code.id
  limit $3`

const USES = `
  select code, email, used_at
  from (
    select code.code, uses.email, used_at
    from unnest($1::text[]) with ordinality as key (code, n)
    join invites.codes as code on upper(code.code collate "C") = key.code
    join invites.uses on uses.code_id = code.id
    order by key.n, uses.person
    limit $2
  ) as found
  order by used_at`

/** The codes that came of a code, at most `limit` and `depth` deep, and at most as many uses. */
export const readTree = (
  db: Database,
  { id, depth, limit }: { id: number; depth: number; limit: number },
): Promise<Tree> =>
  transaction(db, async (connection) => {
    const codes = await runLong<TreeCode>(connection, TREE, [id, depth, limit])
    const keys = codes.map(({ code }) => code.toUpperCase())
    const redemptions = await runLong<TreeUse>(connection, USES, [keys, limit])
    return { codes, redemptions }
  })

export type Preview = { codes: number; already_revoked: number; uses: number; people: number }

const PREVIEW = `
  with recursive ${subtree},
  use as (select person from subtree join invites.uses on uses.code_id = subtree.id)
  select count(*) filter (where revoked_at is null) as codes,
         count(*) filter (where revoked_at is not null) as already_revoked,
         (select count(*) from use) as uses,
         (select count(distinct person) from use) as people
  from subtree join invites.codes using (id)`

/** What revoking `target` would end, and whose uses would stay; null when it does not exist. */
export const preview = (db: Database, target: Target<'tree'>): Promise<Preview | null> =>
  transaction(db, async (connection) => {
    const id = await idOf(connection, target)
    if (id === null) return null
    const [counted] = await runLong<Preview>(connection, PREVIEW, [id])
    return counted ?? null
  })
