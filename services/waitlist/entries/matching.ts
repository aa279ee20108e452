// Whether an entry matches a search, in SQL: for the list and for releases alike.
import type { Search } from './filter.ts'

/**
 * SQL: whether the row `entry` matches the nine parameters from `$n` on, as `searchValues` gives
 * them. Statements with it have no name: planned with their values, they lose what is not asked.
 */
export const matches = (entry: string, n: number) => `
  ($${n}::text is null or ${entry}.persona = $${n})
  and ($${n + 1}::int is null or ${entry}.score >= $${n + 1})
  and ($${n + 2}::int is null or ${entry}.score <= $${n + 2})
  and ($${n + 3}::text is null or ${entry}.utm ->> 'utm_source' = $${n + 3})
  and ($${n + 4}::timestamptz is null or ${entry}.joined_at >= $${n + 4})
  and ($${n + 5}::timestamptz is null or ${entry}.joined_at < $${n + 5})
  and ($${n + 6}::boolean is null or (${entry}.referred_by is not null) = $${n + 6})
  and ($${n + 7}::text is null or ${entry}.person = $${n + 7})
  and ($${n + 8}::text is null or ${entry}.email ilike $${n + 8}
       or ${entry}.name ilike $${n + 8} or ${entry}.use_case ilike $${n + 8})`

const anywhere = (part: string) => `%${part.replace(/[\\%_]/g, '\\$&')}%`

/** The values of `matches`, in order. */
export const searchValues = (search: Search) => [
  search.persona ?? null,
  search.min_score ?? null,
  search.max_score ?? null,
  search.source ?? null,
  search.joined_after ?? null,
  search.joined_before ?? null,
  search.referred ?? null,
  search.person ?? null,
  search.part === undefined ? null : anywhere(search.part),
]
