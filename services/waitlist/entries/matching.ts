// Whether an entry matches a search, in SQL: for lists, releases and actions on many entries.
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

/**
 * SQL: the conditions that few entries match, each with an index of its own: the address, the
 * referral code of the referrer, the wave.
 */
export const looksUp = (entry: string, { person, referred_by, wave_id }: Search): Sql => {
  const row = raw(entry)
  return allOf([
    person !== undefined && sql`${row}.person = ${person}`,
    referred_by !== undefined &&
      sql`(${row}.referred_by is not null and upper(${row}.referred_by) = ${referred_by})`,
    wave_id !== undefined && sql`${row}.wave_id = ${wave_id}`,
  ])
}

const hasMetadata = (row: Sql, metadata: Search['metadata'] = {}): Sql[] =>
  Object.entries(metadata).map(
    ([name, value]) => sql`${row}.metadata ->> ${name} = ${String(value)}`,
  )

/** SQL: whether the row `entry` matches. The text depends on the search: do not name statements with it. */
export const matches = (entry: string, search: Search): Sql => {
  const row = raw(entry)
  const { status, persona, min_score, max_score, source, joined_since, joined_until } = search
  const { referred, confirmed, disposable, metadata, part } = search
  return allOf([
    status !== undefined && sql`${row}.status = ${status}`,
    persona !== undefined && sql`${row}.persona = ${persona}`,
    min_score !== undefined && sql`${row}.score >= ${min_score}`,
    max_score !== undefined && sql`${row}.score <= ${max_score}`,
    source !== undefined && sql`${row}.utm ->> 'utm_source' = ${source}`,
    joined_since !== undefined && sql`${row}.joined_at >= ${joined_since}`,
    joined_until !== undefined && sql`${row}.joined_at < ${joined_until}`,
    referred !== undefined && sql`(${row}.referred_by is not null) = ${referred}`,
    confirmed !== undefined && sql`(${row}.confirmed_at is not null) = ${confirmed}`,
    disposable !== undefined && sql`${row}.disposable = ${disposable}`,
    ...hasMetadata(row, metadata),
    looksUp(entry, search),
    part !== undefined && containsText(row, part),
  ])
}
