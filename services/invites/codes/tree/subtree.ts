// The tree of a code, as SQL: the people who used it, the codes that they received, and so on. A
// person received what they earned (their batches) and what was issued to them. Each use is looked
// up by index: the cost depends on the size of the tree, not on the number of codes.
import { type Sql, sql } from '@vobee/shared/data/sql'

const received = sql`
  (
    select codes.id
    from invites.batches join invites.codes on codes.batch = batches.id
    where batches.owner_person = uses.person
    union all
    select codes.id from invites.codes where codes.issued_person = uses.person
  ) as received`

/** SQL: a recursive CTE `subtree (id)` of the code with this id; each code once. */
export const subtree = (id: number): Sql => sql`
  subtree (id) as (
    select ${id}::bigint
    union
    select received.id
    from subtree
    join invites.uses on uses.code_id = subtree.id
    cross join lateral ${received}
  )`

/**
 * SQL: the same down to a depth, as `levels (id, depth, via, person)`: the person who received the
 * code, and the code that this person had used. A code may be on several levels.
 */
export const levels = (id: number, depth: number): Sql => sql`
  levels (id, depth, via, person) as (
    select ${id}::bigint, 0, null::bigint, null::text
    union
    select received.id, depth + 1, uses.code_id, uses.person
    from levels
    join invites.uses on uses.code_id = levels.id
    cross join lateral ${received}
    where depth < ${depth}
  )`
