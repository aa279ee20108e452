// Pages of the list: in the order of the line for waiting entries, otherwise in the order of joining.
import type { Queryable } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import { pageOf } from '@vobee/shared/http/cursor'
import {
  lineHead,
  positionOf,
  type ScoreParts,
  scoreParts,
  waitingFrom,
} from '../line/positions.ts'
import type { Status } from '../line/statuses.ts'
import type { Persona } from '../scoring/personas.ts'
import { exactTime } from './exact-time.ts'
import type { Search } from './filter.ts'
import { allOf, matches } from './matching.ts'

/**
 * Most entries that a page examines before it ends, full or not. A search with few matches takes
 * more pages, not more time per page; a text search takes about 0.3 s.
 */
const WINDOW = 50_000

/** The key at which a page begins. */
export type Start =
  | readonly ['place', score: number, arrival: number]
  | readonly ['joined', at: string, arrival: number]

export type Listed = {
  id: string
  email: string
  name: string | null
  use_case: string
  persona: Persona
  locale: string | null
  status: Status
  position: number | null
  score: number
  score_parts: ScoreParts
  referrals: number
  referral_code: string
  referred_by: string | null
  joined_at: string
  invited_at: string | null
  redeemed_at: string | null
  wave_id: string | null
  utm: Record<string, string>
  metadata: Record<string, unknown>
}

type Order = { sort: Sql; key: Sql; from: Sql; bounds: (Sql | false)[] }

const byPosition = (start: Start | null, { min_score }: Search): Order => ({
  sort: sql`score desc, arrival`,
  key: sql`jsonb_build_array('place', score, arrival + 1)`,
  from: waitingFrom(
    start ? sql`${start[1]}::int` : sql`(select score from head)`,
    start ? sql`${start[2]}::bigint` : sql`(select arrival from head)`,
    WINDOW,
  ),
  bounds: [min_score !== undefined && sql`score >= ${min_score}`],
})

const byJoining = (start: Start | null, { joined_since, joined_until, person }: Search): Order => ({
  sort: sql`joined_at, arrival`,
  key: sql`jsonb_build_array('joined', ${exactTime('joined_at')}, arrival + 1)`,
  from: sql`waitlist.entries`,
  bounds: [
    start !== null && sql`(joined_at, arrival) >= (${start[1]}::timestamptz, ${start[2]}::bigint)`,
    joined_since !== undefined && sql`joined_at >= ${joined_since}`,
    joined_until !== undefined && sql`joined_at < ${joined_until}`,
    person !== undefined && sql`person = ${person}`,
  ],
})

const orders = { place: byPosition, joined: byJoining }

export type Page = {
  order: Start[0]
  status: Status | undefined
  limit: number
  /** Null for the first page. */
  start: Start | null
  search: Search
}

// The bounds of the sort key bound the window, and so does an email address, which is looked up in
// the order of joining. The other conditions of the search apply inside the window.
const select = ({ order, status, limit, start, search }: Page): Sql => {
  const { sort, key, from, bounds } = orders[order](start, search)
  const rows = sql`
    select * from ${from} as entry
    where ${allOf([...bounds, status !== undefined && sql`status = ${status}`])}
    order by ${sort}`
  return sql`
    with ${lineHead}, page as materialized (
      select * from (${rows} limit ${WINDOW}) as entry
      where ${matches('entry', search)}
      order by ${sort} limit ${limit + 1}
    )
    select page.id, email, name, use_case, persona, locale, status, score, credits as referrals,
           ${positionOf('page')} as position, ${scoreParts('page')} as score_parts,
           referral_code, referred_by, joined_at, invited_at, redeemed_at, wave_id, utm, metadata,
           ${key} as next_key,
           case when (select count(*) from page) <= ${limit} then (
             select ${key} from (${rows} offset ${WINDOW - 1} limit 1) as last
           ) end as window_end
    from (values (true)) as once left join page on true
    order by ${sort}`
}

type Row = Listed & { next_key: Start; window_end: Start | null }

const startOf = (order: Start[0], { max_score }: Search): Start | null =>
  order === 'joined' || max_score === undefined ? null : ['place', max_score, 0]

/** Returns a page, and the key at which the next one begins: null after the last. */
export const listEntries = async (
  db: Queryable,
  { order: wanted, start: given, ...filter }: Page,
): Promise<{ page: Listed[]; next: Start | null }> => {
  const order = filter.search.person === undefined ? wanted : 'joined'
  const start = given?.[0] === order ? given : startOf(order, filter.search)
  const { rows } = await db.query<Row>(select({ ...filter, order, start }))
  const found = rows.filter((row) => row.id !== null)
  const { page, next } = pageOf(found, filter.limit, (row) => row.next_key)
  return { page, next: next ?? rows[0]?.window_end ?? null }
}
