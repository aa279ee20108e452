// The orders of lists. Each is read from indexes, forward or backward, from any key on.
import { join, raw, type Sql, sql } from '@vobee/shared/data/sql'
import { lineHead } from '../line/positions.ts'
import { exactTime } from './exact-time.ts'
import type { Search } from './filter.ts'
import { allOf, looksUp } from './matching.ts'

/** `-` begins with the last, the newest, the highest or the most. */
export const sorts = [
  'position',
  '-position',
  'joined',
  '-joined',
  'score',
  '-score',
  'referrals',
  '-referrals',
] as const
export type Sort = (typeof sorts)[number]

/** The key at which a page begins. */
export type Start = readonly [sort: Sort, value: string | number, arrival: number]

type Order = {
  column: 'score' | 'joined_at' | 'credits'
  /** Whether the column ascends, and the arrival of entries with the same value. */
  ascends: [column: boolean, arrival: boolean]
  /** Conditions of disjoint parts, each with an index in this order. */
  parts: (search: Search) => Sql[]
}

const waiting = sql`status = 'waiting'`
const notWaiting = sql`status <> 'waiting'`

const inLine = () => [waiting]
const byStatus = ({ status }: Search) => {
  if (status === undefined) return [waiting, notWaiting]
  return [status === 'waiting' ? waiting : notWaiting]
}
const whole = () => [sql`true`]
const outsideLine = ({ status }: Search) =>
  status === undefined || status === 'waiting' ? [sql`true`] : [sql`status = ${status}`]

const orders: Record<Sort, Order> = {
  position: { column: 'score', ascends: [false, true], parts: inLine },
  '-position': { column: 'score', ascends: [true, false], parts: inLine },
  joined: { column: 'joined_at', ascends: [true, true], parts: outsideLine },
  '-joined': { column: 'joined_at', ascends: [false, false], parts: outsideLine },
  score: { column: 'score', ascends: [true, false], parts: byStatus },
  '-score': { column: 'score', ascends: [false, true], parts: byStatus },
  referrals: { column: 'credits', ascends: [true, false], parts: whole },
  '-referrals': { column: 'credits', ascends: [false, true], parts: whole },
}

const types = { score: raw('int'), joined_at: raw('timestamptz'), credits: raw('int') }

// No index condition means "after" for a key whose columns have different directions, so the rows
// after a key are two ranges: the same value, and the values after it.
const rangesFrom = (start: Start, { column, ascends }: Order): Sql[] => {
  const value = sql`${start[1]}::${types[column]}`
  return rangesOf(raw(column), ascends, [value, sql`${start[2]}::bigint`])
}

const rangesOf = (column: Sql, [up, arrivalUp]: Order['ascends'], [value, arrival]: [Sql, Sql]) => {
  const beyond = raw(up ? '>' : '<')
  const from = raw(arrivalUp ? '>=' : '<=')
  return [
    sql`${column} >= ${value} and ${column} <= ${value} and arrival ${from} ${arrival}`,
    sql`${column} ${beyond} ${value}`,
  ]
}

// The front of the line is full of index entries of those who have left it (`lineHead`).
const rangesOfAll = (sort: Sort, { column, ascends }: Order): Sql[] =>
  sort === 'position'
    ? rangesOf(raw(column), ascends, [
        sql`(select score from head)`,
        sql`(select arrival from head)`,
      ])
    : [sql`true`]

// Conditions that bound the index, or that have an index of their own.
const boundsOf = (column: Order['column'], search: Search): Sql => {
  const { min_score, max_score, joined_since, joined_until } = search
  const [isScore, isTime] = [column === 'score', column === 'joined_at']
  return allOf([
    isScore && min_score !== undefined && sql`score >= ${min_score}`,
    isScore && max_score !== undefined && sql`score <= ${max_score}`,
    isTime && joined_since !== undefined && sql`joined_at >= ${joined_since}`,
    isTime && joined_until !== undefined && sql`joined_at < ${joined_until}`,
    looksUp('entry', search),
  ])
}

const word = (ascends: boolean) => raw(ascends ? 'asc' : 'desc')

/** Returns the search without what the rows of `rowsFrom` fulfil; undefined if nothing is left. */
export const restOf = (sort: Sort, search: Search): Search | undefined => {
  const { column } = orders[sort]
  const { person: _, referred_by: __, wave_id: ___, ...rest } = search
  const isIndexed = column === 'score' ? search.status === 'waiting' : search.status !== 'waiting'
  if (isIndexed && column !== 'credits') delete rest.status
  if (column === 'score') for (const name of ['min_score', 'max_score'] as const) delete rest[name]
  if (column === 'joined_at')
    for (const name of ['joined_since', 'joined_until'] as const) delete rest[name]
  return Object.values(rest).some((value) => value !== undefined) ? rest : undefined
}

/** SQL: what `order by` takes. */
export const orderBy = (sort: Sort): Sql => {
  const { column, ascends } = orders[sort]
  return sql`${raw(column)} ${word(ascends[0])}, arrival ${word(ascends[1])}`
}

/** SQL: the key after a row, as `Start`. */
export const keyAfter = (sort: Sort): Sql => {
  const { column, ascends } = orders[sort]
  const value = column === 'joined_at' ? exactTime(column) : raw(column)
  const step = raw(ascends[1] ? '+ 1' : '- 1')
  return sql`jsonb_build_array(${sort}::text, ${value}, arrival ${step})`
}

/** SQL: the CTE that `rowsFrom` reads. */
export const sortHead = lineHead

type Rows = { sort: Sort; start: Start | null; search: Search }

// Few entries have the same referrer, so these are sorted: the planner would rather read all entries
// in order until it has found a page of them. `offset 0` keeps it from that.
const isLookUp = (column: Order['column'], { person, referred_by, wave_id }: Search) =>
  person !== undefined ||
  referred_by !== undefined ||
  (wave_id !== undefined && column !== 'joined_at')

/**
 * SQL: at most `limit` rows of waitlist.entries from a key on, in order. Postgres merges the parts
 * without a sort, because each has a limit and states the same order.
 */
export const rowsFrom = ({ sort, start, search }: Rows, limit: number): Sql => {
  const order = orders[sort]
  const ranges = start ? rangesFrom(start, order) : rangesOfAll(sort, order)
  const bounds = boundsOf(order.column, search)
  const entries = isLookUp(order.column, search)
    ? sql`(select * from waitlist.entries as entry where ${bounds} offset 0)`
    : sql`waitlist.entries`
  const selected = order.parts(search).flatMap((part) =>
    ranges.map(
      (range) => sql`(
        select * from ${entries} as entry where ${part} and ${range} and ${bounds}
        order by ${orderBy(sort)} limit ${limit}
      )`,
    ),
  )
  return sql`
    select * from (${join(selected, ' union all ')}) as entry
    order by ${orderBy(sort)} limit ${limit}`
}
