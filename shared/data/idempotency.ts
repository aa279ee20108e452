// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): a request that is repeated with
// the same key has its effect once and gets the same reply for a day. The record is written in the
// transaction of the effect: a keyed hash of caller, route and key, one of the input, and the ids
// of what was created.
import { createHmac } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { Service } from '../events/catalogue.ts'
import { problem } from '../http/problem.ts'
import type { RouteRequest } from '../http/route.ts'
import { type Database, type Queryable, type Transaction, transaction } from './database.ts'
import { retry } from './retry.ts'
import { raw, sql } from './sql.ts'

export const idempotencyInProgress = problem(
  409,
  'idempotency_in_progress',
  'A request with this Idempotency-Key is still in progress. Retry it later.',
)
export const idempotencyEffectGone = problem(
  410,
  'idempotency_effect_gone',
  'What this Idempotency-Key created no longer exists.',
)
export const idempotencyKeyReused = problem(
  422,
  'idempotency_key_reused',
  'This Idempotency-Key was already used with a different body. Send a new key.',
)

const HOURS = 24
const soon = { headers: { 'retry-after': '1' } }

/** An action that may be repeated; `Stored` is JSON, of ids and numbers only. */
export type IdempotentAction<Result, Stored> = {
  /**
   * Runs the action on the connection whose transaction writes the record; without an
   * Idempotency-Key there is none. What it throws leaves no record. It runs again after a deadlock,
   * so without a connection it has its effect in one transaction.
   */
  run: (connection: Transaction | null) => Promise<Result>
  serialize: (result: Result) => Stored
  /** Returns what `run` returned, from the record; null if it no longer exists. */
  replay: (stored: Stored) => Result | null | Promise<Result | null>
  /** Errors of `run` after which it runs again, in a new transaction, besides those of Postgres. */
  retryOn?: (error: unknown) => boolean
  /** Runs actions of one kind one at a time; those that wait hold no connection. */
  mutex?: <T>(action: () => Promise<T>) => Promise<T>
}

/** An action whose reply has no code and no address: the record stores the reply itself. */
export const storingReply = <Result>(
  run: IdempotentAction<Result, Result>['run'],
): IdempotentAction<Result, Result> => ({
  run,
  serialize: (result) => result,
  replay: (stored) => stored,
})

export type Idempotent = <Result, Stored>(
  input: RouteRequest & { reply: FastifyReply },
  action: IdempotentAction<Result, Stored>,
) => Promise<Result>

type Hashes = { key: Buffer; body: Buffer; lock: string }

const scopeOf = ({ caller, request }: RouteRequest) => {
  if (caller.kind === 'key') return ['key', caller.id]
  return caller.kind === 'member' ? ['member', caller.person] : ['address', request.ip]
}

const hashesBy = (secret: string) => {
  const own = createHmac('sha256', secret).update('idempotency').digest()
  const hash = (...parts: unknown[]) =>
    createHmac('sha256', own).update(JSON.stringify(parts)).digest()
  return (input: RouteRequest): Hashes => {
    const { request, params, query, body } = input
    const route = [request.method, request.routeOptions.url]
    const key = hash(scopeOf(input), route, input.idempotencyKey)
    const lock = String(key.readBigInt64BE())
    return { key, lock, body: hash(key.toString('base64'), params, query, body) }
  }
}

const tryLock = async (db: Queryable, { lock }: Hashes): Promise<boolean> => {
  const { rows } = await db.query(sql`select pg_try_advisory_xact_lock(${lock}) as locked`)
  return rows[0].locked
}

type Found = { effect: unknown; same: boolean }

// After the lock, so that it sees what the previous holder committed.
const findRecord = async (db: Queryable, service: Service, { key, body }: Hashes) => {
  const { rows } = await db.query<Found>(sql`
    select effect, body = ${body} as same from ${raw(service)}.idempotency
    where key = ${key} and at > now() - interval '${raw(String(HOURS))} hours'`)
  return rows[0]
}

const saveRecord = (db: Queryable, service: Service, { key, body }: Hashes, stored: unknown) =>
  db.query(sql`
    insert into ${raw(service)}.idempotency (key, body, effect)
    values (${key}, ${body}, ${JSON.stringify(stored ?? null)})
    on conflict (key) do update set
      body = excluded.body, effect = excluded.effect, at = excluded.at`)

type RecordScope = { db: Database; service: Service; hashes: Hashes }

/** Runs the action and writes the record, or returns the record of an earlier run. */
const runOnce = <Result, Stored>(
  { db, service, hashes }: RecordScope,
  { run, serialize }: Pick<IdempotentAction<Result, Stored>, 'run' | 'serialize'>,
) =>
  transaction(db, async (connection) => {
    if (!(await tryLock(connection, hashes))) throw idempotencyInProgress(undefined, soon)
    const record = await findRecord(connection, service, hashes)
    if (record) return { record }
    const result = await run(connection)
    await saveRecord(connection, service, hashes, serialize(result))
    return { result }
  })

/**
 * Returns the function with which routes of `service` run an action once for each Idempotency-Key
 * of a caller. An action that fails leaves no record, so the same key may try again.
 * @throws (the returned function) idempotencyInProgress (409), idempotencyKeyReused (422),
 * idempotencyEffectGone (410), and what the action throws.
 */
export const idempotency = (db: Database, service: Service, secret: string): Idempotent => {
  const hashesOf = hashesBy(secret)
  // The keys that this process works on: rejecting them needs no connection. The lock knows all.
  const running = new Set<string>()
  return async (input, action) => {
    const { run, replay, mutex = (work) => work() } = action
    if (input.idempotencyKey === null) return mutex(() => retry(() => run(null), action.retryOn))
    const hashes = hashesOf(input)
    if (running.has(hashes.lock)) throw idempotencyInProgress(undefined, soon)
    running.add(hashes.lock)
    const work = () => retry(() => runOnce({ db, service, hashes }, action), action.retryOn)
    const done = await mutex(work).finally(() => running.delete(hashes.lock))
    if (!done.record) return done.result
    if (!done.record.same) throw idempotencyKeyReused()
    const result = await replay(done.record.effect as Parameters<typeof replay>[0])
    if (result === null) throw idempotencyEffectGone()
    input.reply.header('idempotent-replayed', 'true')
    return result
  }
}

/** Deletes records that are older than a day, `chunk` at a time. */
export const deleteExpiredRecords = async (db: Queryable, service: Service, chunk = 5_000) => {
  let deleted: number | null
  do {
    const { rowCount } = await db.query(sql`
      delete from ${raw(service)}.idempotency
      where key in (
        select key from ${raw(service)}.idempotency
        where at <= now() - interval '${raw(String(HOURS))} hours'
        order by at limit ${chunk}
        for update skip locked
      )`)
    deleted = rowCount
  } while (deleted === chunk)
}
