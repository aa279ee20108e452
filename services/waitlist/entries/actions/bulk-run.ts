// Changing the entries of actions on many, in chunks, each a transaction of its own: nobody waits long
// for one of their rows, and after a kill any replica continues.
import { type Database, runLong, type Transaction, transaction } from '@vobee/shared/data/database'
import { retry } from '@vobee/shared/data/retry'
import { type Sql, sql } from '@vobee/shared/data/sql'
import type { Audit } from '@vobee/shared/ops/audit-trail'
import type { PersonKey } from '@vobee/shared/privacy/email'
import type { Confirmation } from '../../mail/config.ts'
import type { BulkAction } from './bulk-select.ts'
import { eraseChosen } from './erase-entries.ts'
import { removeChosen, restoreChosen } from './removal.ts'

/** Entries in a chunk. Erasing searches all queued mails and the audit log once for each chunk. */
const CHUNK: Record<BulkAction, number> = { remove: 1_000, restore: 1_000, erase: 100 }

export type BulkDeps = { personKey: PersonKey; mail: { confirmation: Confirmation } }

type Pending = { id: string; action: BulkAction; audit: Audit }

// `skip locked`: a second replica works on the next entries.
const takeMembers = ({ id, action }: Pending): Sql => sql`
  delete from waitlist.entry_action_members
  where action_id = ${id} and arrival = any (array(
    select arrival from waitlist.entry_action_members where action_id = ${id}
    order by arrival limit ${CHUNK[action]}
    for update skip locked
  ))
  returning arrival`

const change = async (
  db: Transaction,
  { action, audit }: Pending,
  { arrivals, personKey, mail }: BulkDeps & { arrivals: number[] },
): Promise<number> => {
  const chosen = sql`select arrival from unnest(${arrivals}::bigint[]) as due (arrival)`
  if (action === 'erase') return eraseChosen(db, chosen, { audit, personKey })
  const statement =
    action === 'remove'
      ? sql`with ${removeChosen(chosen, audit)} select count(*) as done from removed`
      : sql`
          with ${restoreChosen(chosen, { audit, ...mail })}
          select count(*) as done, (select count(*) from published) as published from restored`
  const [row] = await runLong<{ done: number }>(db, statement)
  return row?.done ?? 0
}

const changeChunk = (db: Database, pending: Pending, deps: BulkDeps): Promise<number> =>
  transaction(db, async (connection) => {
    const taken = await runLong<{ arrival: number }>(connection, takeMembers(pending))
    if (taken.length === 0) return 0
    const arrivals = taken.map(({ arrival }) => arrival)
    const done = await change(connection, pending, { ...deps, arrivals })
    await connection.query(sql`
      update waitlist.entry_actions
      set done = done + ${done}::int, pending = pending - ${taken.length}::int
      where id = ${pending.id}`)
    return taken.length
  })

// An erasure redacts the reason: read it again for each chunk.
const findPending = async (db: Database, id: string): Promise<Pending | undefined> => {
  const { rows } = await db.query<Pending>(
    sql`select id, action, audit from waitlist.entry_actions where id = ${id} and pending > 0`,
  )
  return rows[0]
}

/** Changes every pending entry; ends early if `isStopping` or if other replicas work on the rest. */
export const runBulkActions = async (
  db: Database,
  deps: BulkDeps,
  isStopping: () => boolean,
): Promise<void> => {
  const { rows } = await db.query<{ id: string }>(
    'select id from waitlist.entry_actions where pending > 0 order by created_at, id',
  )
  for (const { id } of rows) {
    let taken = -1
    while (taken !== 0 && !isStopping()) {
      const pending = await findPending(db, id)
      taken = pending ? await retry(() => changeChunk(db, pending, deps)) : 0
    }
  }
}

/** Deletes actions that ended, 90 days after they began. The audit log still has them. */
export const deleteEndedActions = (db: Database) =>
  db.query(`
    delete from waitlist.entry_actions
    where pending = 0 and created_at < now() - interval '90 days'`)
