// Whether an entry matches a search, in SQL: for the list and for releases.
import { join, raw, type Sql, sql } from '@vobee/shared/data/sql'
import type { Search } from './filter.ts'

/** SQL: all conditions; those that are false do not apply. */
export const allOf = (conditions: readonly (Sql | false)[]): Sql => {
  const given = conditions.filter((condition) => condition !== false)
  return given.length === 0 ? sql`true` : join(given, ' and ')
}

const containsText = (row: Sql, part: string): Sql => {
  const pattern = `%${part.replace(/[\\%_]/g, '\\$&')}%`
  return sql`(${row}.email ilike ${pattern} or ${row}.name ilike ${pattern}
              or ${row}.use_case ilike ${pattern})`
}

/** SQL: whether the row `entry` matches. The text depends on the search: do not name statements with it. */
export const matches = (entry: string, search: Search): Sql => {
  const row = raw(entry)
  const { persona, min_score, max_score, source, joined_since, joined_until } = search
  const { referred, person, part } = search
  return allOf([
    persona !== undefined && sql`${row}.persona = ${persona}`,
    min_score !== undefined && sql`${row}.score >= ${min_score}`,
    max_score !== undefined && sql`${row}.score <= ${max_score}`,
    source !== undefined && sql`${row}.utm ->> 'utm_source' = ${source}`,
    joined_since !== undefined && sql`${row}.joined_at >= ${joined_since}`,
    joined_until !== undefined && sql`${row}.joined_at < ${joined_until}`,
    referred !== undefined && sql`(${row}.referred_by is not null) = ${referred}`,
    person !== undefined && sql`${row}.person = ${person}`,
    part !== undefined && containsText(row, part),
  ])
}
