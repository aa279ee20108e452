// Pages of the list of entries.
import type { Queryable } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import { pageOf } from '@vobee/shared/http/cursor'
import { type Entry, entryColumns } from './entry.ts'
import type { Search } from './filter.ts'
import { matches } from './matching.ts'
import { keyAfter, orderBy, restOf, rowsFrom, type Sort, type Start, sortHead } from './sorts.ts'

/**
 * Most entries that a page examines before it ends, full or not. A search with few matches takes
 * more pages, not more time per page; a text search takes about 0.3 s.
 */
const WINDOW = 20_000

export type Page = {
  sort: Sort
  limit: number
  /** Null for the first page. */
  start: Start | null
  search: Search
}

// What has an index bounds the window; the rest of the search applies inside it.
const select = ({ sort, limit, start, search }: Page): Sql => {
  const rest = restOf(sort, search)
  const window = rowsFrom({ sort, start, search }, rest ? WINDOW : limit + 1)
  return sql`
    with ${sortHead}, page as materialized (
      select * from (${window}) as entry
      where ${matches('entry', rest ?? {})}
      order by ${orderBy(sort)} limit ${limit + 1}
    )
    select ${entryColumns('page')}, ${keyAfter(sort)} as next_key,
           case when (select count(*) from page) <= ${limit} then (
             select ${keyAfter(sort)} from (${window}) as examined
             order by ${orderBy(sort)} offset ${WINDOW - 1}
           ) end as window_end
    from (values (true)) as once left join page on true
    order by ${orderBy(sort)}`
}

type Row = Entry & { next_key: Start; window_end: Start | null }

/** Returns a page, and the key at which the next one begins: null after the last. */
export const listEntries = async (
  db: Queryable,
  page: Page,
): Promise<{ page: Entry[]; next: Start | null }> => {
  const { rows } = await db.query<Row>(select(page))
  const found = rows.filter((row) => row.id !== null)
  const { page: entries, next } = pageOf(found, page.limit, (row) => row.next_key)
  return { page: entries, next: next ?? rows[0]?.window_end ?? null }
}
