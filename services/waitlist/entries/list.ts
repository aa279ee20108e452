// Pages of the list: in the order of the line for those who wait, else in the order of joining.
import type { Queryable } from '@vobee/shared/data/database'
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
import { matches, searchValues } from './matching.ts'

/**
 * How many entries a page looks at before it ends, full or not: what few match takes more pages,
 * not more time. Looking for a text takes about 0.3 s.
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

type Order = { sort: string; key: string; from: string }

// $1 status, $2 rows, $3 and $4 where it begins; from $5 on the search. What bounds the key bounds
// the window, and so does a whole address, which is looked for in the order of joining; the rest is
// looked for in the window.
const orders: Record<Start[0], Order> = {
  place: {
    sort: 'score desc, arrival',
    key: `jsonb_build_array('place', score, arrival + 1)`,
    from: `
      select * from ${waitingFrom(
        'coalesce($3::int, (select score from head))',
        'coalesce($4::bigint, (select arrival from head))',
        WINDOW,
      )} as entry
      where ($6::int is null or score >= $6)`,
  },
  joined: {
    sort: 'joined_at, arrival',
    key: `jsonb_build_array('joined', ${exactTime('joined_at')}, arrival + 1)`,
    from: `
      select * from waitlist.entries as entry
      where ($3::timestamptz is null or (joined_at, arrival) >= ($3, $4::bigint))
        and ($9::timestamptz is null or joined_at >= $9)
        and ($10::timestamptz is null or joined_at < $10)
        and ($12::text is null or person = $12)`,
  },
}

const list = ({ sort, key, from }: Order) => {
  const bounded = `${from}
    and ($1::text is null or status = $1)
    order by ${sort}`
  return `
    with ${lineHead}, page as materialized (
      select * from (${bounded} limit ${WINDOW}) as entry
      where ${matches('entry', 5)}
      order by ${sort} limit $2
    )
    select page.id, email, name, use_case, persona, locale, status, score, credits as referrals,
           ${positionOf('page')} as position, ${scoreParts('page')} as score_parts,
           referral_code, referred_by, joined_at, invited_at, redeemed_at, wave_id, utm, metadata,
           ${key} as next_key,
           case when (select count(*) from page) < $2 then (
             select ${key} from (${bounded} offset ${WINDOW - 1} limit 1) as last
           ) end as window_end
    from (values (true)) as once left join page on true
    order by ${sort}`
}

const texts = { place: list(orders.place), joined: list(orders.joined) }

export type Asked = {
  order: Start[0]
  status: Status | undefined
  limit: number
  /** Null: at the beginning. */
  start: Start | null
  search: Search
}

type Row = Listed & { next_key: Start; window_end: Start | null }

/** A page, and where the next one begins: null after the last. */
export const listEntries = async (
  db: Queryable,
  { order, status, limit, start, search }: Asked,
): Promise<{ entries: Listed[]; next: Start | null }> => {
  const inOrder = search.person === undefined ? order : 'joined'
  const from = start?.[0] === inOrder ? start : startOf(inOrder, search)
  const values = [status, limit + 1, from?.[1], from?.[2], ...searchValues(search)]
  const { rows } = await db.query<Row>(texts[inOrder], values)
  const entries = rows.filter((row) => row.id !== null)
  if (entries.length <= limit) return { entries, next: rows[0]?.window_end ?? null }
  return { entries: entries.slice(0, limit), next: entries[limit - 1]?.next_key ?? null }
}

const startOf = (order: Start[0], { max_score }: Search): Start | null =>
  order === 'joined' || max_score === undefined ? null : ['place', max_score, 0]
