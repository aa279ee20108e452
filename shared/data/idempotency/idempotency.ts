// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07): a request that is repeated with
// the same key has its effect once and gets the same reply for a day. The record is written in the
// transaction of the effect: a keyed hash of caller, route and key, one of the input, and the ids
// of what was created.
import type { FastifyReply } from 'fastify'
import type { Service } from '../../events/catalogue.ts'
import type { RouteRequest } from '../../http/route.ts'
import { type BatchLimits, batch, limit } from '../batch.ts'
import type { Database, Transactable, Transaction } from '../database.ts'
import { retry } from '../retry.ts'
import { idempotencyEffectGone, inProgress } from './errors.ts'
import { hashesBy } from './hashes.ts'
import type { Hashes } from './records.ts'
import { type RecordScope, type Requested, runRecorded, Stored } from './run.ts'

export { deleteExpiredRecords } from './records.ts'

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

/** An action that runs for the requests of many callers in one transaction. */
export type BatchedAction<Item, Result, Stored> = {
  /**
   * Returns a result for each item, in order. With an Idempotency-Key among them it runs on the
   * connection whose transaction writes the records, else on the pool. It runs again after a deadlock.
   */
  run: (db: Transactable, items: readonly Item[]) => Promise<readonly Result[]>
  /** Undefined: the result leaves no record. */
  serialize: (result: Result) => Stored | undefined
  retryOn?: (error: unknown) => boolean
}

type Input = RouteRequest & { reply: FastifyReply }

type Replay<Result, Stored> = IdempotentAction<Result, Stored>['replay']

/** @throws as `Idempotent`, and overloaded (503) if too many items wait. */
export type RunInBatch<Item, Result, Stored> = {
  (input: Input, item: Item, replay: Replay<Result, Stored>): Promise<Result>
  rejectWhenFull: () => Promise<void>
  isFull: () => boolean
}

/**
 * Runs an action once for each Idempotency-Key of a caller. An action that fails leaves no record, so
 * the same key may try again.
 * @throws idempotencyInProgress (409), idempotencyKeyReused (422), idempotencyEffectGone (410),
 * overloaded (503) if too many actions with keys wait, and what the action throws.
 */
export type Idempotent = {
  <Result, Stored>(input: Input, action: IdempotentAction<Result, Stored>): Promise<Result>
  /** Returns a function that does so for single items of requests, in batches. */
  batch: <Item, Result, Stored>(
    action: BatchedAction<Item, Result, Stored>,
    limits?: BatchLimits,
  ) => RunInBatch<Item, Result, Stored>
}

/** Returns the reply from an outcome. */
const settle = async <Result, Kept>(
  outcome: Result | Stored | Error,
  { reply }: Input,
  replay: Replay<Result, Kept>,
): Promise<Result> => {
  if (outcome instanceof Error) throw outcome
  if (!(outcome instanceof Stored)) return outcome
  const result = await replay(outcome.effect as Kept)
  if (result === null) throw idempotencyEffectGone()
  reply.header('idempotent-replayed', 'true')
  return result
}

/** Most actions with a key that run or wait in one process, besides those that run in batches. */
const WAITING = 512

type Scope = RecordScope & {
  hashesOf: (input: RouteRequest) => Hashes
  /** Runs an action that holds a connection for several statements. */
  withConnection: <T>(action: () => Promise<T>) => Promise<T>
  /** The keys that this process works on: rejecting them needs no connection. The lock knows all. */
  running: Set<string>
}

const exclusively = async <T>(
  { running }: Scope,
  { key }: Hashes,
  work: () => Promise<T>,
): Promise<T> => {
  const name = key.toString('base64')
  if (running.has(name)) throw inProgress()
  running.add(name)
  return work().finally(() => running.delete(name))
}

const runSingle = async <Result, Kept>(
  scope: Scope,
  input: Input,
  action: IdempotentAction<Result, Kept>,
): Promise<Result> => {
  const { run, serialize, replay, retryOn, mutex = (work) => work() } = action
  if (input.idempotencyKey === null) return mutex(() => retry(() => run(null), retryOn))
  const hashes = scope.hashesOf(input)
  const single = {
    run: async (on: Transaction) => [await run(on)],
    serialize: (result: Result) => serialize(result) ?? null,
  }
  const attempt = () => runRecorded(scope, [{ item: null, hashes }], single)
  const work = () => mutex(() => scope.withConnection(() => retry(attempt, retryOn)))
  const [outcome] = await exclusively(scope, hashes, work)
  return settle(outcome as Result | Stored | Error, input, replay)
}

const runInBatches = <Item, Result, Kept>(
  scope: Scope,
  action: BatchedAction<Item, Result, Kept>,
  limits?: BatchLimits,
): RunInBatch<Item, Result, Kept> => {
  type Outcomes = readonly (Result | Stored | Error)[]
  const attempt = (requests: readonly Requested<Item>[]): Promise<Outcomes> => {
    if (requests.some(({ hashes }) => hashes)) return runRecorded(scope, requests, action)
    const items = requests.map(({ item }) => item)
    return action.run(scope.db, items)
  }
  const inBatch = batch<Requested<Item>, Result | Stored>(
    (requests) => retry(() => attempt(requests), action.retryOn),
    limits,
  )
  const runItem = async (input: Input, item: Item, replay: Replay<Result, Kept>) => {
    if (input.idempotencyKey === null) return inBatch({ item, hashes: null }) as Promise<Result>
    const hashes = scope.hashesOf(input)
    const outcome = await exclusively(scope, hashes, () => inBatch({ item, hashes }))
    return settle(outcome, input, replay)
  }
  return Object.assign(runItem, {
    rejectWhenFull: inBatch.rejectWhenFull,
    isFull: inBatch.isFull,
  })
}

/** Returns how routes of `service` run actions that may be repeated. */
export const idempotency = (db: Database, service: Service, secret: string): Idempotent => {
  // Half of the pool stays free for requests without a key.
  const atOnce = Math.max(1, Math.floor(db.options.max / 2))
  const scope: Scope = {
    db,
    service,
    hashesOf: hashesBy(secret),
    withConnection: limit(atOnce, WAITING),
    running: new Set(),
  }
  const single = <Result, Kept>(input: Input, action: IdempotentAction<Result, Kept>) =>
    runSingle(scope, input, action)
  return Object.assign(single, {
    batch: <Item, Result, Kept>(action: BatchedAction<Item, Result, Kept>, limits?: BatchLimits) =>
      runInBatches(scope, action, limits),
  })
}
