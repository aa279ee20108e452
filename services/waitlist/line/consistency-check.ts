// Counting the line again: the sums that positions come from, and the scores that order it.
import type { Queryable } from '@vobee/shared/data/database'
import type { Comparison } from '@vobee/shared/ops/consistency-results'
import { documentedScoring } from '../scoring/document.ts'

// What differs between two lists of figures that share the key `keys`.
const compared = (name: string, keys: string, { expected, found }: Record<string, string>) => `
  select '${name}' as name,
         coalesce(sum(expected.n), 0) as expected,
         coalesce(sum(found.n), 0) as found,
         count(*) filter (where coalesce(expected.n, 0) <> coalesce(found.n, 0)) as wrong
  from (${expected}) as expected
  full join (${found}) as found using (${keys})`

const COUNTS = compared('entry_counts', 'status', {
  expected: 'select status, sum(n) as n from grouped group by status',
  found: 'select status, entries as n from waitlist.entry_counts',
})

const SCORES = compared('line_scores', 'score', {
  expected: 'select score, sum(n) as n from line group by score',
  found: 'select score, waiting as n from waitlist.line_scores',
})

const BLOCKS = compared('line_blocks', 'score, block', {
  expected: 'select score, block, n from line',
  found: 'select score, block, waiting as n from waitlist.line_blocks',
})

// Within a score and block positions follow one another by arrival, so they are 1 … N without a
// gap or a double when each block begins where all before it end. `kept` says so from the sums.
const POSITIONS = `
  select 'positions' as name,
         coalesce(sum(line.n), 0) as expected,
         coalesce(max(kept.first + kept.n - 1), 0) as found,
         count(*) filter (where (line.first, line.n) is distinct from (kept.first, kept.n)) as wrong
  from (
    select score, block, n, 1 + sum(n) over (order by score desc, block) - n as first from line
  ) as line
  full join (
    select blocks.score, blocks.block, blocks.waiting as n,
           1 + scores.before
             + sum(blocks.waiting) over (partition by blocks.score order by blocks.block)
             - blocks.waiting as first
    from waitlist.line_blocks as blocks
    left join (
      select score, sum(waiting) over (order by score desc) - waiting as before
      from waitlist.line_scores
    ) as scores using (score)
    where blocks.waiting <> 0
  ) as kept using (score, block)`

// Every credit was added to its owner's entry, or still waits for its owner to join.
const CREDITS = `
  select 'credits' as name,
         sum(heard) as expected,
         sum(kept) as found,
         greatest(sum(wrong), (sum(heard) <> sum(kept))::int) as wrong
  from (
    select coalesce(sum(credit.applied + credit.waiting), 0) as heard,
           coalesce(sum(credit.waiting), 0) as kept,
           count(*) filter (where credit.applied <> coalesce(entry.credits, 0)) as wrong
    from (
      select person, count(applied_at) as applied, count(*) - count(applied_at) as waiting
      from waitlist.credits group by person
    ) as credit
    left join waitlist.entries as entry using (person)
    union all
    select 0, coalesce(sum(credits), 0), 0 from grouped
  ) as both_sides`

// A score is its parts, by the version that its entry was scored with.
const PARTS = `
  select 'scores' as name,
         coalesce(sum(parts), 0) as expected,
         coalesce(sum(score * n), 0) as found,
         coalesce(sum(wrong), 0) as wrong
  from grouped`

// Once a version was applied to everyone, nobody has an older one.
const VERSIONS = `
  select 'scoring_versions' as name,
         coalesce(sum(n), 0) as expected,
         coalesce(sum(n - outdated), 0) as found,
         coalesce(sum(outdated), 0) as wrong
  from grouped`

const ALL = `
  with versions as (
    select id, document, coalesce(max(id) filter (where applied_at is not null) over (), 0) as due
    from waitlist.scoring
    union all
    select 0, $1::jsonb, coalesce(max(id) filter (where applied_at is not null), 0)
    from waitlist.scoring
  ), terms as materialized (
    select id, id < due as outdated, (document #>> '{referrals,points}')::int as points,
           (document #>> '{referrals,points_max}')::int as points_max
    from versions
  ), grouped as materialized (
    select status, score, block, count(*) as n, sum(credits) as credits, sum(parts) as parts,
           count(*) filter (where score <> parts) as wrong,
           count(*) filter (where outdated) as outdated
    from (
      select status, score, arrival >> 13 as block, credits, outdated,
             answers_score + adjusted + least(credits::bigint * points, points_max) as parts
      from waitlist.entries join terms on terms.id = scored_with
    ) as judged
    group by status, score, block
  ), line as (
    select score, block, n from grouped where status = 'waiting'
  )
  ${[COUNTS, SCORES, BLOCKS, POSITIONS, CREDITS, PARTS, VERSIONS].join(' union all ')}`

/** The sums equal their rows, positions are 1 … N, credits and scores are what they are made of. */
export const recompute = async (db: Queryable): Promise<Comparison[]> => {
  const { rows } = await db.query<Comparison>(ALL, [JSON.stringify(documentedScoring)])
  return rows
}
