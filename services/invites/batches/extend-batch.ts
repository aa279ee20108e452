// Changing the expiry of a batch. The request stores it with the batch; the codes follow in steps, and
// `extension_reached` is the last one so far, null after the last step.
import {
  type Database,
  runLong,
  type Transactable,
  type Transaction,
  transaction,
} from '@vobee/shared/data/database'
import { retry } from '@vobee/shared/data/retry'
import { sql } from '@vobee/shared/data/sql'
import { logAction } from '@vobee/shared/ops/audit-trail'
import { publishGrantedCodes } from '../codes/granted-codes.ts'
import { findTargetId } from '../codes/targets.ts'
import { type Expiry, type Extend, type Extension, timeOf } from './extend.ts'

/** Codes in a step: 0.3 s, in which redeeming one of them waits. */
const STEP = 5_000

const lockExtension = (id: number) =>
  sql`select pg_advisory_xact_lock(hashtext('invites.extend'), hashint8(${id}))`

const countCodes = (id: number) => sql`
  select count(*) filter (where revoked_at is null) as extended, count(revoked_at) as revoked
  from invites.codes where batch = ${id}`

const storeExpiry = (id: number, expiry: Expiry) => sql`
  update invites.batches set expires_at = ${timeOf(expiry)}, extension_reached = 0
  where id = ${id} returning expires_at`

// Codes are locked in the order of their ids, and before the batch, as in erasing.
const extendStep = (id: number) => sql`
  with batch as (
    select expires_at, extension_reached as reached from invites.batches
    where id = ${id} and extension_reached is not null
  ), step as (
    select codes.id from invites.codes cross join batch
    where codes.batch = ${id} and codes.id > batch.reached
    order by codes.id limit ${STEP}
  ), live as (
    select id from invites.codes
    where id in (select id from step) and revoked_at is null
    order by id
    for update
  ), extended as (
    update invites.codes as code set expires_at = batch.expires_at, expiry_seen_at = null
    from live cross join batch where code.id = live.id
    returning code.id, code.batch, code.revoked_at, code.expires_at
  ), published as (${publishGrantedCodes('extended')})
  update invites.batches
  set extension_reached = case when (select count(*) from step) = ${STEP}
                            then (select max(id) from step) end
  where id = ${id} and (select count(*) from published) >= 0
  returning extension_reached is null as is_done`

/** Applies one step in a transaction that holds `lockExtension`; true after the last step. */
const applyStep = async (db: Transaction, id: number): Promise<boolean> => {
  const [applied] = (await db.query<{ is_done: boolean }>(extendStep(id))).rows
  return applied?.is_done ?? true
}

/** Extends the codes of a batch that the steps so far have left. */
export const applyExtension = async (db: Database, id: number): Promise<void> => {
  const step = () =>
    transaction(db, async (connection) => {
      await connection.query(lockExtension(id))
      return applyStep(connection, id)
    })
  while (!(await retry(step))) {}
}

export type BatchExtension = Extension & { batch: number }

/**
 * Stores when a batch expires and extends its first codes; `applyExtension` extends the others.
 * Returns null if the batch does not exist; changes nothing if all of its codes are revoked.
 */
export const extendBatch = (db: Transactable, request: Extend): Promise<BatchExtension | null> =>
  transaction(db, async (connection) => {
    const { name, expiry, audit } = request
    const batch = await findTargetId(connection, { kind: 'batch', name })
    if (batch === null) return null
    await connection.query(lockExtension(batch))
    type Counts = Pick<Extension, 'extended' | 'revoked'>
    const [counts] = await runLong<Counts>(connection, countCodes(batch))
    const { extended, revoked } = counts as Counts
    if (extended === 0) return { batch, expires_at: null, extended, revoked }
    const { rows } = await connection.query(storeExpiry(batch, expiry))
    const { expires_at } = rows[0] as Pick<Extension, 'expires_at'>
    const details = { kind: 'batch', codes: extended, expires_at }
    await logAction(connection, 'invites', audit, {
      act: 'invites.extended',
      subject: name,
      details,
    })
    await applyStep(connection, batch)
    return { batch, expires_at, extended, revoked }
  })

/** Extends what a process that ended has left. */
export const applyPendingExtensions = async (db: Database): Promise<void> => {
  const { rows } = await db.query<{ id: number }>(
    sql`select id from invites.batches where extension_reached is not null order by id`,
  )
  for (const { id } of rows) await applyExtension(db, id)
}
