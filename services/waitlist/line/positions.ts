// Places in the line, from the sums that migrations/002_line.sql keeps: exact in the snapshot of
// the statement that asks, about a millisecond among ten million.
import type { Queryable } from '@vobee/shared/data/database'
import { gateRow } from '@vobee/shared/gate'
import type { Status } from './statuses.ts'

/**
 * SQL: the position of the row `entry` of waitlist.entries, or null when it does not wait. Before
 * it stand all higher scores, the earlier blocks (of 8192 arrivals) of its own score, and those
 * before it in its block.
 */
export const positionOf = (entry: string) => `
  case when ${entry}.status = 'waiting' then 1
    + coalesce((
        select sum(waiting) from waitlist.line_scores where score > ${entry}.score
      ), 0)
    + coalesce((
        select sum(waiting) from waitlist.line_blocks
        where score = ${entry}.score and block < ${entry}.arrival >> 13
      ), 0)
    + (
        select count(*) from waitlist.entries as ahead
        where ahead.status = 'waiting' and ahead.score = ${entry}.score
          and ahead.arrival >= (${entry}.arrival >> 13) << 13 and ahead.arrival < ${entry}.arrival
      )
  end`

/**
 * SQL: `head`, the key at which the line begins, by the sums. A scan that begins there does not
 * walk over those who have left it: after a wave of a million that took 19 s on a busy machine.
 */
export const lineHead = `
  head as materialized (
    select score, (
      select min(block) << 13 from waitlist.line_blocks as blocks
      where blocks.score = top.score and waiting > 0
    ) as arrival
    from (select max(score) as score from waitlist.line_scores where waiting > 0) as top
  )`

/**
 * SQL: the rows of waitlist.entries that wait at a key or after it, in the order of the line. In
 * two parts, because no index condition says "after" of a key that falls and then rises. They are
 * merged without being sorted only when each says its order, and none that its score is one. Only
 * with a limit is the second surely not read whole.
 */
export const waitingFrom = (score: string, arrival: string, limit: number | 'all' = 'all') => `(
  (
    select * from waitlist.entries
    where status = 'waiting' and score >= ${score} and score <= ${score} and arrival >= ${arrival}
    order by score desc, arrival limit ${limit}
  )
  union all
  (
    select * from waitlist.entries where status = 'waiting' and score < ${score}
    order by score desc, arrival limit ${limit}
  )
)`

/** SQL: how many wait. */
export const totalWaiting = `
  coalesce((select entries from waitlist.entry_counts where status = 'waiting'), 0)`

export type ScoreParts = { answers: number; referrals: number; adjusted: number }

/** SQL: what the score of `entry` is made of. */
export const scoreParts = (entry: string) => `
  jsonb_build_object(
    'answers', ${entry}.answers_score,
    'referrals', ${entry}.score - ${entry}.answers_score - ${entry}.adjusted,
    'adjusted', ${entry}.adjusted
  )`

export type Place = {
  status: Status
  /** Null unless waiting. */
  position: number | null
  total_waiting: number
  score: number
  score_parts: ScoreParts
  /** How many referrals counted. */
  referrals: number
  invites_paused: boolean
}

const place = (by: 'id' | 'referral_code' | 'person') => `
  select entry.status, ${positionOf('entry')} as position,
         ${totalWaiting} as total_waiting,
         entry.score, ${scoreParts('entry')} as score_parts, entry.credits as referrals,
         not gate.open as invites_paused
  from waitlist.entries as entry cross join (${gateRow('waitlist', 2)}) as gate
  where entry.${by} = $1`

const texts = {
  id: place('id'),
  referral_code: place('referral_code'),
  person: place('person'),
}

export type Named = { by: keyof typeof texts; value: string }

/** Where an entry stands at this moment; null when there is no such entry. */
export const findPlace = async (
  db: Queryable,
  { by, value }: Named,
  patience: number | null,
): Promise<Place | null> => {
  const statement = { name: `place-by-${by}`, text: texts[by], values: [value, patience] }
  const { rows } = await db.query<Place>(statement)
  return rows[0] ?? null
}
