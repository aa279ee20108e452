// The records of `Idempotency-Key`: of many requests in one statement, in the transaction of their
// effects.
import type { Service } from '../../events/catalogue.ts'
import { inChunks } from '../chunks.ts'
import type { Queryable } from '../database.ts'
import { prepared, raw, sql } from '../sql.ts'

const HOURS = 24

/** Keyed hashes: of caller, route and key, and of the input. */
export type Hashes = { key: Buffer; body: Buffer }

/** `effect` is what the action's `serialize` returned. */
export type IdempotencyRecord = { key: Buffer; body: Buffer; effect: unknown }

const lockName = ({ key }: Hashes) => String(key.readBigInt64BE())

const tryLocks = (db: Queryable, hashes: readonly Hashes[]) =>
  db.query<{ locked: boolean }>(
    prepared(
      'lock-idempotency',
      sql`
        select pg_try_advisory_xact_lock(lock) as locked
        from unnest(${hashes.map(lockName)}::bigint[]) with ordinality as keys (lock, n)
        order by n`,
    ),
  )

const findLive = (db: Queryable, service: Service, hashes: readonly Hashes[]) => {
  const keys = hashes.map(({ key }) => key)
  const statement = sql`
    select key, body, effect from ${raw(service)}.idempotency
    where key = any(${keys}::bytea[]) and at > now() - interval '${raw(String(HOURS))} hours'`
  return db.query<IdempotencyRecord>(prepared('find-idempotency', statement))
}

/**
 * Locks the keys until the transaction ends. Returns for each its record of the last day, 'locked'
 * if another transaction holds its lock, or null.
 */
export const lockAndFind = async (
  db: Queryable,
  service: Service,
  hashes: readonly Hashes[],
): Promise<(IdempotencyRecord | 'locked' | null)[]> => {
  // In this order: the second statement sees what the previous holder of a lock committed.
  const [locks, found] = await Promise.all([tryLocks(db, hashes), findLive(db, service, hashes)])
  const records = new Map(found.rows.map((row) => [row.key.toString('hex'), row]))
  return hashes.map(({ key }, n) =>
    locks.rows[n]?.locked ? (records.get(key.toString('hex')) ?? null) : 'locked',
  )
}

/** Inserts records, in place of older ones of their keys. */
export const saveRecords = async (
  db: Queryable,
  service: Service,
  records: readonly IdempotencyRecord[],
) => {
  if (records.length === 0) return
  const effects = records.map(({ effect }) => JSON.stringify(effect ?? null))
  const statement = sql`
    insert into ${raw(service)}.idempotency (key, body, effect)
    select * from unnest(
      ${records.map(({ key }) => key)}::bytea[],
      ${records.map(({ body }) => body)}::bytea[],
      ${effects}::jsonb[]
    )
    on conflict (key) do update set
      body = excluded.body, effect = excluded.effect, at = excluded.at`
  await db.query(prepared('save-idempotency', statement))
}

const deleteExpired = (service: Service) => (limit: number) =>
  sql`
  delete from ${raw(service)}.idempotency
  where key = any (array(
    select key from ${raw(service)}.idempotency
    where at <= now() - interval '${raw(String(HOURS))} hours'
    order by at limit ${limit}
    for update skip locked
  ))`

/** Deletes records that are older than a day, `chunk` at a time. */
export const deleteExpiredRecords = (db: Queryable, service: Service, chunk?: number) =>
  inChunks(db, deleteExpired(service), chunk)
