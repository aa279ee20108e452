// Positions in the line, from the sums that migrations/002_line.sql maintains: exact in the snapshot
// of the statement, and about a millisecond among ten million entries.
import type { Queryable } from '@vobee/shared/data/database'
import { prepared, raw, type Sql, sql } from '@vobee/shared/data/sql'
import { gateState } from '@vobee/shared/gate'
import type { Status } from './statuses.ts'

/**
 * SQL: the position of the row `entry` of waitlist.entries, or null if it is not waiting. Ahead of it
 * are all higher scores, the earlier blocks (of 8192 arrivals) of its own score, and the earlier
 * entries of its block.
 */
export const positionOf = (entry: string): Sql => {
  const row = raw(entry)
  return sql`
    case when ${row}.status = 'waiting' then 1
      + coalesce((
          select sum(waiting) from waitlist.line_scores where score > ${row}.score
        ), 0)
      + coalesce((
          select sum(waiting) from waitlist.line_blocks
          where score = ${row}.score and block < ${row}.arrival >> 13
        ), 0)
      + (
          select count(*) from waitlist.entries as ahead
          where ahead.status = 'waiting' and ahead.score = ${row}.score
            and ahead.arrival >= (${row}.arrival >> 13) << 13 and ahead.arrival < ${row}.arrival
        )
    end`
}

/**
 * SQL: the CTE `positions` (id, position) of the waiting entries among the rows `chosen`, all at once.
 * Entries of one block share its sums, and each part of the block between two of them is counted once.
 */
export const positionsOf = (chosen: string): Sql => sql`
  parts as materialized (
    select id, score, arrival, arrival >> 13 as block,
           lag(arrival, 1, (arrival >> 13) << 13)
             over (partition by score, arrival >> 13 order by arrival) as since
    from ${raw(chosen)} where status = 'waiting'
  ), blocks as materialized (
    select score, block,
      coalesce((
        select sum(waiting) from waitlist.line_scores as higher where higher.score > pair.score
      ), 0)
      + coalesce((
        select sum(waiting) from waitlist.line_blocks as earlier
        where earlier.score = pair.score and earlier.block < pair.block
      ), 0) as ahead
    from (select distinct score, block from parts) as pair
  ), positions as materialized (
    select part.id, 1 + blocks.ahead
      + sum((
          select count(*) from waitlist.entries as ahead
          where ahead.status = 'waiting' and ahead.score = part.score
            and ahead.arrival >= part.since and ahead.arrival < part.arrival
        )) over (partition by score, block order by arrival) as position
    from parts as part join blocks using (score, block)
  )`

/**
 * SQL: the CTE `head`, the key at which the line begins, from the sums. A scan that begins there
 * skips the entries that have left the line: after a wave of a million they took 19 s to scan.
 */
export const lineHead = sql`
  head as materialized (
    select score, (
      select min(block) << 13 from waitlist.line_blocks as blocks
      where blocks.score = top.score and waiting > 0
    ) as arrival
    from (select max(score) as score from waitlist.line_scores where waiting > 0) as top
  )`

/**
 * SQL: the waiting rows of waitlist.entries from a key on, in the order of the line. In two parts,
 * because no index condition means "after" for a key that descends and then ascends. Postgres merges
 * them without a sort only if both parts state the same order; a limit keeps it from reading the
 * second part whole.
 */
export const waitingFrom = (score: Sql, arrival: Sql, limit?: number): Sql => {
  const most = raw(String(limit ?? 'all'))
  return sql`(
    (
      select * from waitlist.entries
      where status = 'waiting' and score >= ${score} and score <= ${score} and arrival >= ${arrival}
      order by score desc, arrival limit ${most}
    )
    union all
    (
      select * from waitlist.entries where status = 'waiting' and score < ${score}
      order by score desc, arrival limit ${most}
    )
  )`
}

/** SQL: the number of waiting entries. */
export const totalWaiting = sql`
  coalesce((select entries from waitlist.entry_counts where status = 'waiting'), 0)`

export type ScoreParts = { answers: number; referrals: number; adjusted: number }

/** SQL: the parts of the score of the row `entry`. */
export const scoreParts = (entry: string): Sql => {
  const row = raw(entry)
  return sql`
    jsonb_build_object(
      'answers', ${row}.answers_score,
      'referrals', ${row}.score - ${row}.answers_score - ${row}.adjusted,
      'adjusted', ${row}.adjusted
    )`
}

export type EntryPosition = {
  status: Status
  /** Null unless waiting. */
  position: number | null
  total_waiting: number
  score: number
  score_parts: ScoreParts
  /** Referrals that counted. */
  referrals: number
  invites_paused: boolean
}

/** Returns how many entries wait, and whether invites are paused. */
export const countLine = async (db: Queryable, maxGateAge: number | null) => {
  const { rows } = await db.query<{ total_waiting: number; invites_paused: boolean }>(sql`
    select ${totalWaiting} as total_waiting, not gate.open as invites_paused
    from (${gateState('waitlist', maxGateAge)}) as gate`)
  return rows[0] as { total_waiting: number; invites_paused: boolean }
}

export type EntryLookup = { by: 'id' | 'referral_code' | 'person'; value: string }

/** Returns the current position of an entry; null if there is no such entry. */
export const findPosition = async (
  db: Queryable,
  { by, value }: EntryLookup,
  maxGateAge: number | null,
): Promise<EntryPosition | null> => {
  const statement = sql`
    select entry.status, ${positionOf('entry')} as position,
           ${totalWaiting} as total_waiting,
           entry.score, ${scoreParts('entry')} as score_parts, entry.credits as referrals,
           not gate.open as invites_paused
    from waitlist.entries as entry cross join (${gateState('waitlist', maxGateAge)}) as gate
    where entry.${raw(by)} = ${value}`
  const { rows } = await db.query<EntryPosition>(prepared(`position-by-${by}`, statement))
  return rows[0] ?? null
}
