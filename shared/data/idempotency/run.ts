// Runs an action once for each Idempotency-Key, for many requests in one transaction.
import type { Service } from '../../events/catalogue.ts'
import { type Database, type Transaction, transaction } from '../database.ts'
import { idempotencyKeyReused, inProgress } from './errors.ts'
import { type Hashes, lockAndFind, saveRecords } from './records.ts'

/** What an earlier request with the same key and body stored. */
export class Stored {
  readonly effect: unknown
  constructor(effect: unknown) {
    this.effect = effect
  }
}

export type RecordScope = { db: Database; service: Service }

/** A request; without an Idempotency-Key it has no hashes. */
export type Requested<Item> = { item: Item; hashes: Hashes | null }

/** What the records say about the requests; null for those whose action has to run. */
const lookUp = async (
  connection: Transaction,
  service: Service,
  requests: readonly Requested<unknown>[],
): Promise<(Stored | Error | null)[]> => {
  const keyed = requests.flatMap(({ hashes }) => hashes ?? [])
  const found = (await lockAndFind(connection, service, keyed)).values()
  return requests.map(({ hashes }) => {
    const record = hashes && found.next().value
    if (!record) return null
    if (record === 'locked') return inProgress()
    return record.body.equals(hashes.body) ? new Stored(record.effect) : idempotencyKeyReused()
  })
}

type Batched<Item, Result> = {
  run: (connection: Transaction, items: readonly Item[]) => Promise<readonly Result[]>
  serialize: (result: Result) => unknown
}

/**
 * Runs the action for the requests without a record, and writes theirs, in one transaction. Returns
 * the result, the earlier effect or the error of each request, in order.
 */
export const runRecorded = async <Item, Result>(
  { db, service }: RecordScope,
  requests: readonly Requested<Item>[],
  { run, serialize }: Batched<Item, Result>,
): Promise<(Result | Stored | Error)[]> => {
  let saved = Promise.resolve()
  const outcomes = await transaction(db, async (connection) => {
    const known = await lookUp(connection, service, requests)
    const unknown = requests.filter((_, n) => known[n] === null)
    const items = unknown.map(({ item }) => item)
    const results = items.length > 0 ? await run(connection, items) : []
    const records = unknown.flatMap(({ hashes }, n) => {
      const effect = serialize(results[n] as Result)
      return hashes && effect !== undefined ? { ...hashes, effect } : []
    })
    saved = saveRecords(connection, service, records)
    saved.catch(() => {})
    const next = results.values()
    return known.map((outcome) => outcome ?? (next.next().value as Result))
  })
  // Sent together with the commit, which undoes everything if it fails.
  await saved
  return outcomes
}
