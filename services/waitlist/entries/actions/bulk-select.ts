// Selecting the entries of an action on many: those that match at this moment.
import { type Queryable, runLong, type Transaction } from '@vobee/shared/data/database'
import { type Sql, sql } from '@vobee/shared/data/sql'
import { type Audit, logAction } from '@vobee/shared/ops/audit-trail'
import type { Search } from '../filter.ts'
import { allOf, matches } from '../matching.ts'

export const bulkActions = ['remove', 'restore', 'erase'] as const
export type BulkAction = (typeof bulkActions)[number]

/** Most entries that one action changes. */
export const MOST = 1_000_000

export type BulkOrder = {
  id: string
  action: BulkAction
  /** What matches, or null for `ids`. */
  search: Search | null
  ids: readonly string[]
  audit: Audit
}

const applies: Record<BulkAction, Sql | false> = {
  remove: sql`entry.status in ('pending', 'waiting')`,
  restore: sql`entry.status = 'removed'`,
  erase: false,
}

const matching = ({ action, search, ids }: BulkOrder): Sql => sql`
  select entry.arrival from waitlist.entries as entry
  where ${allOf([
    applies[action],
    search ? matches('entry', search) : sql`entry.id = any (${ids}::uuid[])`,
  ])}
  limit ${MOST}`

/** Counts the entries that an action would change. */
export const countMatching = async (db: Transaction, order: BulkOrder): Promise<number> => {
  const [row] = await runLong<{ matched: number }>(
    db,
    sql`select count(*) as matched from (${matching(order)}) as matching`,
  )
  return row?.matched ?? 0
}

const insertAction = (order: BulkOrder) => sql`
  with matching as materialized (${matching(order)}), members as (
    insert into waitlist.entry_action_members (action_id, arrival)
    select ${order.id}::uuid, arrival from matching
  )
  insert into waitlist.entry_actions (id, action, filter, matched, pending, audit)
  select ${order.id}::uuid, ${order.action}, ${JSON.stringify(order.search ?? {})}::jsonb,
         count(*), count(*), ${JSON.stringify(order.audit)}::jsonb
  from matching`

/** Stores the action with its entries, and logs it. Each entry is logged when it is changed. */
export const selectEntries = async (db: Transaction, order: BulkOrder): Promise<void> => {
  await runLong(db, insertAction(order))
  const { id, action, search, ids, audit } = order
  const details = { action, ...(search ?? { ids: ids.length }) }
  await logAction(db, 'waitlist', audit, { act: 'waitlist.entries_selected', subject: id, details })
}

export type EntryAction = {
  action_id: string
  action: BulkAction
  matched: number
  done: number
  pending: number
  by: string
  reason: string | null
  created_at: string
}

/** Returns an action as it is now; null if there is none. */
export const findAction = async (db: Queryable, id: string): Promise<EntryAction | null> => {
  const { rows } = await db.query<EntryAction>(sql`
    select id as action_id, action, matched, done, pending, audit ->> 'actor' as by,
           audit ->> 'reason' as reason, created_at
    from waitlist.entry_actions where id = ${id}`)
  return rows[0] ?? null
}
