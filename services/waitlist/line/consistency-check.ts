// Recomputes the sums that positions are computed from, and the scores that order the line.
import type { Queryable } from '@vobee/shared/data/database'
import type { Comparison } from '@vobee/shared/ops/consistency-results'
import { documentedScoring } from '../scoring/document.ts'

// Compares two lists of counts by the key `keys`.
const compare = (name: string, keys: string, { expected, found }: Record<string, string>) => `
  select '${name}' as name,
         coalesce(sum(expected.n), 0) as expected,
         coalesce(sum(found.n), 0) as found,
         count(*) filter (where coalesce(expected.n, 0) <> coalesce(found.n, 0)) as wrong
  from (${expected}) as expected
  full join (${found}) as found using (${keys})`

const COUNTS = compare('entry_counts', 'status', {
  expected: 'select status, sum(n) as n from grouped group by status',
  found: 'select status, entries as n from waitlist.entry_counts',
})

const CONFIRMED = compare('confirmed_counts', 'status', {
  expected: 'select status, sum(confirmed) as n from grouped group by status',
  found: 'select status, confirmed as n from waitlist.entry_counts',
})

const SCORES = compare('line_scores', 'score', {
  expected: 'select score, sum(n) as n from line group by score',
  found: 'select score, waiting as n from waitlist.line_scores',
})

const BLOCKS = compare('line_blocks', 'score, block', {
  expected: 'select score, block, n from line',
  found: 'select score, block, waiting as n from waitlist.line_blocks',
})

// Within a score and block, positions follow the arrivals. So they are 1 … N without gap or duplicate
// if each block begins where the blocks before it end. `stored` computes that from the sums.
const POSITIONS = `
  select 'positions' as name,
         coalesce(sum(line.n), 0) as expected,
         coalesce(max(stored.first + stored.n - 1), 0) as found,
         count(*) filter (where (line.first, line.n) is distinct from (stored.first, stored.n)) as wrong
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
  ) as stored using (score, block)`

// An entry has as many credits as are applied to it, and those of an owner who has not joined yet
// wait. So all entries have the credits that count.
const CREDITS = `
  select 'credits' as name,
         sum(counting) as expected,
         sum(accounted) as found,
         greatest(sum(wrong), (sum(counting) <> sum(accounted))::int) as wrong
  from (
    select coalesce(sum(credit.counting), 0) as counting,
           coalesce(sum(credit.counting - credit.applied), 0) as accounted,
           count(*) filter (where credit.applied <> coalesce(entry.credits, 0)) as wrong
    from (
      select person, count(applied_at) as applied, count(*) filter (where counts) as counting
      from waitlist.credits group by person
    ) as credit
    left join waitlist.entries as entry using (person)
    union all
    select 0, coalesce(sum(credits), 0), 0 from grouped
  ) as both_sides`

// A score is the sum of its parts, by the scoring version of its entry.
const PARTS = `
  select 'scores' as name,
         coalesce(sum(parts), 0) as expected,
         coalesce(sum(score * n), 0) as found,
         coalesce(sum(wrong), 0) as wrong
  from grouped`

// After a version was applied, no entry has an older one.
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
    select status, score, block, count(*) as n, count(confirmed_at) as confirmed,
           sum(credits) as credits, sum(parts) as parts,
           count(*) filter (where score <> parts) as wrong,
           count(*) filter (where outdated) as outdated
    from (
      select status, score, arrival >> 13 as block, confirmed_at, credits, outdated,
             answers_score + adjusted + least(credits::bigint * points, points_max) as parts
      from waitlist.entries join terms on terms.id = scored_with
    ) as judged
    group by status, score, block
  ), line as (
    select score, block, n from grouped where status = 'waiting'
  )
  ${[COUNTS, CONFIRMED, SCORES, BLOCKS, POSITIONS, CREDITS, PARTS, VERSIONS].join(' union all ')}`

/** Compares sums with their rows, positions with 1 … N, and credits and scores with their parts. */
export const recompute = async (db: Queryable): Promise<Comparison[]> => {
  const { rows } = await db.query<Comparison>(ALL, [JSON.stringify(documentedScoring)])
  return rows
}
