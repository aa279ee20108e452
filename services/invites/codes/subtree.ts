// Who let whom in, in SQL: a code, the people who used it, the codes those were given, and so on.
// A person was given what they earned (their batches) and what was issued to them. Looked up for
// each use: what a tree costs depends on it, not on how many codes there are.
const given = `
  (
    select codes.id
    from invites.batches join invites.codes on codes.batch = batches.id
    where batches.owner_person = uses.person
    union all
    select codes.id from invites.codes where codes.issued_person = uses.person
  ) as given`

/** SQL: a recursive CTE `subtree (id)` of the code whose id is `$1`; each code once. */
export const subtree = `
  subtree (id) as (
    select $1::bigint
    union
    select given.id
    from subtree
    join invites.uses on uses.code_id = subtree.id
    cross join lateral ${given}
  )`

/**
 * SQL: the same down to the depth `$2`, as `levels (id, depth, via, person)`: who was given the
 * code, and by the use of which they had come. A code may be at several levels.
 */
export const levels = `
  levels (id, depth, via, person) as (
    select $1::bigint, 0, null::bigint, null::text
    union
    select given.id, depth + 1, uses.code_id, uses.person
    from levels
    join invites.uses on uses.code_id = levels.id
    cross join lateral ${given}
    where depth < $2
  )`
