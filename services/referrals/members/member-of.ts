// The member of a caller: the person that a verified token names.
import type { Member } from '@vobee/shared/auth/callers'
import { mutex } from '@vobee/shared/data/batch'
import { type Database, type Transaction, transaction } from '@vobee/shared/data/database'
import { retry } from '@vobee/shared/data/retry'
import type { FastifyInstance } from 'fastify'
import { lockAttribution } from './attribution-lock.ts'
import {
  findOrInsertRow,
  findRows,
  logChange,
  type MemberRow,
  markSelfReferrals,
  movePayment,
  removeHostUserId,
  storeIdentity,
} from './member-rows.ts'

export type MemberOfDeps = {
  db: Database
  /** Runs in the transaction in which facts about people change, by person key. */
  refresh: (db: Transaction, people: readonly string[]) => Promise<unknown>
  /** Blocks a member, by id: the one who continues as the user of a blocked one. */
  block: (db: Transaction, member: string) => Promise<unknown>
  log: { info: (details: object, message: string) => void }
}

/** Returns the id of the caller's member, and inserts a member who is not known yet. */
export type MemberOf = (caller: Member) => Promise<string>

const isCurrent = (row: MemberRow, { person, hostUserId }: Member) =>
  row.person === person &&
  row.masked !== null &&
  (hostUserId === null || (row.host_user_id === hostUserId && row.confirmed))

const changeOf = (row: MemberRow, previous: MemberRow | undefined, { person }: Member) => {
  if (previous) return { action: 'host_user_moved', from: previous.id, to: row.id } as const
  if (row.person === person) return null
  return { action: 'address_changed', from: row.id, to: row.id } as const
}

// Callers who wait for the lock of the one before hold no connection.
const WAITING = 512

// A share may insert the person meanwhile.
const isInserted = (error: unknown) => (error as { code?: string }).code === '23505'

const identify = ({ db, refresh, block, log }: MemberOfDeps, caller: Member) =>
  transaction(db, async (connection) => {
    await lockAttribution(connection)
    const { row: found, previous } = await findRows(connection, caller)
    const row = found ?? (await findOrInsertRow(connection, caller.person))
    const change = changeOf(row, previous, caller)
    if (previous) {
      await removeHostUserId(connection, previous.id)
      await markSelfReferrals(connection, previous.id, row.id)
    }
    await storeIdentity(connection, row.id, caller)
    if (change) {
      await movePayment(connection, row.person, caller.person)
      await logChange(connection, change)
      log.info(change, 'a host user has another address')
    }
    if (previous?.is_blocked && !row.is_blocked) await block(connection, row.id)
    const isConfirmedNow = caller.hostUserId !== null && !row.confirmed
    const people = previous ? [caller.person, previous.person] : [caller.person]
    if (change || isConfirmedNow) await refresh(connection, people)
    return row.id
  })

/**
 * Returns the function that finds the member of a caller. The id of a host user decides first: with
 * another address the same member takes the new person key, or, if another member has that, the id
 * moves to them. The usual call is one select.
 */
export const memberIdentity = (deps: MemberOfDeps): MemberOf => {
  const oneAtATime = mutex(WAITING)
  const findCurrent = async (caller: Member) => {
    const { row, previous } = await findRows(deps.db, caller)
    return row && !previous && isCurrent(row, caller) ? row.id : null
  }
  const findOrIdentify = async (caller: Member) =>
    (await findCurrent(caller)) ?? retry(() => identify(deps, caller), isInserted)
  return async (caller) => (await findCurrent(caller)) ?? oneAtATime(() => findOrIdentify(caller))
}

/** Identifies host users at the routes that name a member by address. */
export const identifyHostUsers = (app: FastifyInstance, memberOf: MemberOf) =>
  app.addHook('preHandler', async ({ caller, routeOptions }) => {
    const { auth } = routeOptions.config
    const namesMember = auth?.kind === 'member' && auth.scope !== null
    if (namesMember && caller.kind === 'member' && caller.hostUserId !== null)
      await memberOf(caller)
  })
