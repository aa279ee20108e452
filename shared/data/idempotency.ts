// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): what is sent again with the same
// key has its effect once and is answered alike for a day. The record is written in the effect's
// transaction: a hash of who, where and which key, one of the body, and what was made, by its id.
import { createHmac } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Service } from '../events/catalogue.ts'
import { problem } from '../http/problem.ts'
import type { RouteRequest } from '../http/route.ts'
import { type Database, type Queryable, type Transaction, transaction } from './database.ts'

export const idempotencyInProgress = problem(
  409,
  'idempotency_in_progress',
  'A request with this Idempotency-Key is still under way.',
)
export const idempotencyEffectGone = problem(
  410,
  'idempotency_effect_gone',
  'What was made with this Idempotency-Key is no longer there.',
)
export const idempotencyKeyReused = problem(
  422,
  'idempotency_key_reused',
  'This Idempotency-Key came with another body before.',
)

const HOURS = 24
const soon = { headers: { 'retry-after': '1' } }

const shape = /^[\x20-\x7e]{1,255}$/

/**
 * The request's key, null without one; the draft's quotes around it are optional.
 * @returns undefined when it is not of 1 to 255 visible ASCII characters.
 */
export const idempotencyKeyOf = ({ headers }: FastifyRequest): string | null | undefined => {
  const given = headers['idempotency-key']
  if (given === undefined) return null
  const key = String(given).replace(/^"(.*)"$/, '$1')
  return shape.test(key) ? key : undefined
}

/** An act that may be asked for again; `Kept` is JSON, of ids and figures only. */
export type IdempotentAction<Result, Kept> = {
  /**
   * Does it on the connection in whose transaction the record is written; without a key there is
   * none. What it refuses it throws.
   */
  run: (connection: Transaction | null) => Promise<Result>
  serialize: (result: Result) => Kept
  /** What `act` gave, from what was kept; null when it is gone. */
  replay: (kept: Kept) => Result | null | Promise<Result | null>
  /** Acts that wait for one another do so here, before they hold a connection. */
  mutex?: <T>(act: () => Promise<T>) => Promise<T>
}

/** For an answer without codes and addresses: it is kept itself. */
export const storingReply = <Result>(
  act: IdempotentAction<Result, Result>['run'],
): IdempotentAction<Result, Result> => ({
  run: act,
  serialize: (result) => result,
  replay: (kept) => kept,
})

export type Idempotent = <Result, Kept>(
  asked: RouteRequest & { reply: FastifyReply },
  repeatable: IdempotentAction<Result, Kept>,
) => Promise<Result>

type Hashes = { key: Buffer; body: Buffer; lock: string }

const hashesBy = (secret: string) => {
  const own = createHmac('sha256', secret).update('idempotency').digest()
  const hash = (...parts: unknown[]) =>
    createHmac('sha256', own).update(JSON.stringify(parts)).digest()
  return (asked: RouteRequest): Hashes => {
    const { caller, request, params, query, body } = asked
    const who =
      caller.kind === 'key'
        ? ['key', caller.id]
        : caller.kind === 'member'
          ? ['member', caller.person]
          : ['address', request.ip]
    const where = [request.method, request.routeOptions.url]
    const key = hash(who, where, asked.idempotencyKey)
    const lock = String(key.readBigInt64BE())
    return { key, lock, body: hash(key.toString('base64'), params, query, body) }
  }
}

const isFree = async (db: Queryable, { lock }: Hashes): Promise<boolean> => {
  const { rows } = await db.query('select pg_try_advisory_xact_lock($1) as free', [lock])
  return rows[0].free
}

type Remembered = { effect: unknown; same: boolean }

// Asked for after the lock was taken, so that it sees what its last holder committed.
const findRecord = async (db: Queryable, service: Service, { key, body }: Hashes) => {
  const { rows } = await db.query<Remembered>(
    `select effect, body = $2 as same from ${service}.idempotency
     where key = $1 and at > now() - interval '${HOURS} hours'`,
    [key, body],
  )
  return rows[0]
}

const saveRecord = (db: Queryable, service: Service, { key, body }: Hashes, kept: unknown) =>
  db.query(
    `insert into ${service}.idempotency (key, body, effect) values ($1, $2, $3)
     on conflict (key) do update set
       body = excluded.body, effect = excluded.effect, at = excluded.at`,
    [key, body, JSON.stringify(kept ?? null)],
  )

// A deadlock, or a statement that would be asked again but for the transaction that it has ended.
const isPassing = (error: unknown) =>
  /^(40001|40P01|25P02)$/.test((error as { code?: string }).code ?? '')

const ATTEMPTS = 5

const retry = async <T>(attempt: () => Promise<T>, left = ATTEMPTS): Promise<T> => {
  try {
    return await attempt()
  } catch (error) {
    if (!isPassing(error) || left === 1) throw error
    return retry(attempt, left - 1)
  }
}

type RecordScope = { db: Database; service: Service; hashes: Hashes }

/** Acts and writes the record, or tells what was done before. */
const runOnce = <Result, Kept>(
  { db, service, hashes }: RecordScope,
  { run: act, serialize: keep }: Pick<IdempotentAction<Result, Kept>, 'run' | 'serialize'>,
) =>
  transaction(db, async (connection) => {
    if (!(await isFree(connection, hashes))) throw idempotencyInProgress(undefined, soon)
    const before = await findRecord(connection, service, hashes)
    if (before) return { before }
    const result = await act(connection)
    await saveRecord(connection, service, hashes, keep(result))
    return { result }
  })

/**
 * Makes the function by which routes of `service` act once for each Idempotency-Key of a caller.
 * What the act refuses or fails with leaves no record, so the same key may try again.
 * @throws (by the returned function) idempotencyInProgress (409), idempotencyKeyReused (422),
 * idempotencyEffectGone (410), and what the act throws.
 */
export const idempotency = (db: Database, service: Service, secret: string): Idempotent => {
  const hashesOf = hashesBy(secret)
  // Those of this process, which need no connection to be refused; the lock knows all.
  const running = new Set<string>()
  return async (
    asked,
    { run: act, serialize: keep, replay: again, mutex: turn = (now) => now() },
  ) => {
    if (asked.idempotencyKey === null) return turn(() => act(null))
    const hashes = hashesOf(asked)
    if (running.has(hashes.lock)) throw idempotencyInProgress(undefined, soon)
    running.add(hashes.lock)
    const work = () => retry(() => runOnce({ db, service, hashes }, { run: act, serialize: keep }))
    const done = await turn(work).finally(() => running.delete(hashes.lock))
    if (!done.before) return done.result
    if (!done.before.same) throw idempotencyKeyReused()
    const result = await again(done.before.effect as Parameters<typeof again>[0])
    if (result === null) throw idempotencyEffectGone()
    asked.reply.header('idempotent-replayed', 'true')
    return result
  }
}

/** Forgets records that are older than a day, `chunk` at a time. */
export const deleteExpiredRecords = async (db: Queryable, service: Service, chunk = 5_000) => {
  let forgotten: number | null
  do {
    const { rowCount } = await db.query(
      `delete from ${service}.idempotency
       where key in (
         select key from ${service}.idempotency
         where at <= now() - interval '${HOURS} hours'
         order by at limit $1
         for update skip locked
       )`,
      [chunk],
    )
    forgotten = rowCount
  } while (forgotten === chunk)
}
