// Reading the tree of a code.
import { type Database, runLong, transaction } from '@vobee/shared/data/database'
import { sql } from '@vobee/shared/data/sql'
import { type CodeStatus, codeStatus } from '../code-status.ts'
import { recipientOf } from '../recipient.ts'
import { levels } from './subtree.ts'

export type TreeCode = {
  code: string
  depth: number
  status: CodeStatus
  batch_id: string
  created_by: string
  issued_to: string | null
  /** The person who received it, and the code that this person had used. */
  given_to: string | null
  came_of: string | null
  uses: number
}

export type TreeUse = { code: string; email: string | null; used_at: string }

export type Tree = { codes: TreeCode[]; redemptions: TreeUse[] }

type Part = { id: number; depth: number; limit: number }

const codesOf = ({ id, depth, limit }: Part) => sql`
  with recursive ${levels(id, depth)},
  node as (
    select distinct on (id) * from (select * from levels limit ${10 * limit}) as found
    order by id, depth, via
  )
  select code.code, depth, ${codeStatus('code')} as status, batch_id, created_by,
         ${recipientOf('code')} as issued_to, use.email as given_to, parent.code as came_of,
         case when max_uses is null
           then (select count(*) from invites.uses where code_id = code.id)
           else max_uses - code.uses_left end as uses
  from node
  join invites.codes as code using (id)
  join invites.batches as batch on batch.id = code.batch
  left join invites.uses as use on use.code_id = via and use.person = node.person
  left join invites.codes as parent on parent.id = via
  order by depth, code.id
  limit ${limit}`

const usesOf = (codes: string[], limit: number) => sql`
  select code, email, used_at
  from (
    select code.code, uses.email, used_at
    from unnest(${codes}::text[]) with ordinality as key (code, n)
    join invites.codes as code on upper(code.code collate "C") = key.code
    join invites.uses on uses.code_id = code.id
    order by key.n, uses.person
    limit ${limit}
  ) as found
  order by used_at`

/** Returns at most `limit` codes of a tree, `depth` levels deep, and at most `limit` uses. */
export const readTree = (db: Database, part: Part): Promise<Tree> =>
  transaction(db, async (connection) => {
    const codes = await runLong<TreeCode>(connection, codesOf(part))
    const keys = codes.map(({ code }) => code.toUpperCase())
    const redemptions = await runLong<TreeUse>(connection, usesOf(keys, part.limit))
    return { codes, redemptions }
  })
