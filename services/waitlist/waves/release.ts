// Releasing: those who stand first leave the line together, as a wave.

import {
  runLong,
  type Transactable,
  type Transaction,
  transaction,
} from '@vobee/shared/data/database'
import { gateRow } from '@vobee/shared/gate'
import { type Audit, logAction } from '@vobee/shared/ops/audit-trail'
import type { Search } from '../entries/filter.ts'
import { matches, searchValues } from '../entries/matching.ts'
import { lineHead, totalWaiting, waitingFrom } from '../line/positions.ts'
import { CHUNK, moving } from './chunks.ts'

const ATTEMPTS = 10

export type Release = {
  wave_id: string
  count: number
  search: Search
  by: string
  reason: string | null
  /** Lets the wave through a gate that is closed. */
  override_reason: string | null
  /** As `gatePatience` gives it. */
  patience: number | null
  audit: Audit
}

export type Released =
  | {
      outcome: 'released'
      released: number
      /** Of these, how many are still to be moved: `moveMembers` does it. */
      pending: number
      waiting: number
      gate_open: boolean
    }
  | { outcome: 'paused'; reasons: string[] }

// `first` are those who stand first in the snapshot and are not of a wave already: a subquery that
// the planner leaves where it stands, because a join might lose the order. The first chunk is moved
// at once; who comes after it is kept by name, so that the wave is exactly of this moment.
const RELEASE = `
  with gate as (${gateRow('waitlist', 1)}),
  ${lineHead}, first as materialized (
    select arrival, row_number() over (order by score desc, arrival) as place
    from ${waitingFrom('(select score from head)', '(select arrival from head)')} as entry
    where ((select open from gate) or $2::text is not null)
      and (
        select true from waitlist.wave_members as member where member.arrival = entry.arrival
      ) is null
      and ${matches('entry', 8)}
    order by score desc, arrival
    limit $3
  ), ${moving(`select arrival from first where place <= ${CHUNK}`, 4)},
  later as (
    insert into waitlist.wave_members (arrival, wave_id)
    select arrival, $4::uuid from first where place > ${CHUNK}
    returning arrival
  ), figures as (
    select (select count(*) from first) as stood, (select count(*) from later) as pending,
           (select count(*) from moved) + (select count(*) from later) as released
  ), wave as (
    insert into waitlist.waves (id, asked, released, pending, filter, by, reason)
    select $4::uuid, $3, figures.released, figures.pending, $5, $6, $7
    from figures cross join gate where gate.open or $2::text is not null
  )
  select gate.open, gate.reasons, figures.*, (select count(*) from told) as told,
         ${totalWaiting} - released as waiting
  from gate cross join figures`

type Pass = {
  open: boolean
  reasons: string[]
  stood: number
  released: number
  pending: number
  waiting: number
}

const releaseFirst = async (db: Transaction, order: Release): Promise<Pass> => {
  const values = [
    order.patience,
    order.override_reason,
    order.count,
    order.wave_id,
    JSON.stringify(order.search),
    order.by,
    order.reason,
    ...searchValues(order.search),
  ]
  // To choose a million among ten took 4 s; to look for the few who match a filter may take 20.
  const [pass] = await runLong<Pass>(db, RELEASE, values)
  return pass as Pass
}

// One wave at a time, each with a snapshot of its own: the lock is taken by a statement before.
const takeTurn = (db: Transaction) =>
  runLong(db, `select pg_advisory_xact_lock(hashtext('waitlist.release'))`)

// Who left the line between snapshot and lock is missing: then everything is put back, and those
// who stand first now are asked for. Not a second statement for the rest: it would wait for rows
// while it holds the counts of the first, and everybody who joins would wait for it.
const releaseWhole = async (db: Transaction, order: Release): Promise<Pass> => {
  for (let attempt = 1; ; attempt++) {
    await db.query('savepoint wave')
    const pass = await releaseFirst(db, order)
    if (pass.released === pass.stood || attempt === ATTEMPTS) return pass
    await db.query('rollback to savepoint wave')
  }
}

/**
 * Releases those who stand first at this moment, each once, whoever else releases: who comes
 * second gets the next.
 */
export const release = (db: Transactable, order: Release): Promise<Released> =>
  transaction(db, async (connection) => {
    await takeTurn(connection)
    const { open, reasons, released, pending, waiting } = await releaseWhole(connection, order)
    if (!open && order.override_reason === null) return { outcome: 'paused', reasons }
    const details = { released, ...order.search, gate_overridden: !open }
    const done = { act: 'waitlist.released', subject: order.wave_id, details }
    await logAction(connection, 'waitlist', order.audit, done)
    return { outcome: 'released', released, pending, waiting, gate_open: open }
  })
