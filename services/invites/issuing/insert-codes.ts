// Filling a batch with generated codes, or with a custom one.
import type { Queryable, Transaction } from '@vobee/shared/data/database'
import { empty, type Sql, sql } from '@vobee/shared/data/sql'
import { clientGone } from '@vobee/shared/http/problem'
import type { CodeFormat } from '../codes/code-format.ts'
import { codesFrom, randomNumbers } from './random-codes.ts'

export type Recipient = { email: string; person: string } | null

// A million codes are 63 statements, each far below the role's time limit. From the 65th savepoint
// on, the snapshots of all transactions would be slower.
const CHUNK = 16_000

type NewCodes = { batch: number; codes: string[]; recipient: Recipient }

const insertCodes = ({ batch, codes, recipient }: NewCodes, onConflict: Sql = empty) => sql`
  insert into invites.codes (batch, code, issued_to, issued_person, uses_left, expires_at)
  select batch.id, new.code, ${recipient?.email ?? null}, ${recipient?.person ?? null}, max_uses, expires_at
  from invites.batches as batch cross join unnest(${codes}::text[]) as new (code)
  where batch.id = ${batch} ${onConflict}`

const skipExisting = sql`on conflict (upper(code collate "C")) do nothing`

// Returns how many codes did not exist. `on conflict`, for the rare case that some did, would make a
// million codes a third slower.
const insertAvailable = async (db: Transaction, codes: NewCodes): Promise<number> => {
  await db.query('savepoint codes')
  try {
    await db.query(insertCodes(codes))
  } catch (error) {
    if (!isCodeConflict(error)) throw error
    await db.query('rollback to savepoint codes')
    return (await db.query(insertCodes(codes, skipExisting))).rowCount ?? 0
  }
  await db.query('release savepoint codes')
  return codes.codes.length
}

export type GeneratedCodes = {
  batch: number
  size: number
  format: CodeFormat
  recipient: Recipient
  /** Aborted when the client has disconnected. */
  signal?: AbortSignal
}

/**
 * Fills a batch with generated codes; a code that exists already is replaced by another.
 * @throws clientGone when `signal` is aborted, which rolls back the transaction of `db`.
 */
export const generateCodes = async (db: Transaction, request: GeneratedCodes): Promise<void> => {
  const { batch, size, format, recipient, signal } = request
  const numbers = randomNumbers(size)
  let inserted = 0
  for (let from = 0; from < size; from += CHUNK) {
    const codes = codesFrom(numbers.subarray(from, from + CHUNK), format)
    inserted += await insertAvailable(db, { batch, codes, recipient })
    if (signal?.aborted) throw clientGone()
  }
  if (inserted < size) await generateCodes(db, { ...request, size: size - inserted })
}

/** Inserts a custom code. @throws an error that `isCodeConflict` accepts if the code exists. */
export const insertCustomCode = (db: Queryable, codes: NewCodes) => db.query(insertCodes(codes))

export const isCodeConflict = (error: unknown) =>
  (error as { constraint?: string }).constraint === 'codes_key'
