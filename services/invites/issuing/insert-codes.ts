// Filling a batch with codes: drawn ones, or somebody's own.
import type { Queryable, Transaction } from '@vobee/shared/data/database'
import { clientGone } from '@vobee/shared/http/problem'
import type { CodeFormat } from '../codes/code-format.ts'
import { codesOf, draw } from './random-codes.ts'

export type Recipient = { email: string; person: string } | null

// A million codes are 63 statements, each far below the role's time limit. From the 65th
// savepoint on everybody's snapshots would get slower.
const CHUNK = 16_000

const KEEP = `
  insert into invites.codes (batch, code, issued_to, issued_person, uses_left, expires_at)
  select batch.id, drawn.code, $3, $4, max_uses, expires_at
  from invites.batches as batch cross join unnest($2::text[]) as drawn (code)
  where batch.id = $1`

type Values = [batch: number, codes: string[], email: string | null, person: string | null]

// Without `on conflict`, which is there for the rare case, a million take a third less time.
const keepFree = async (db: Transaction, values: Values): Promise<number> => {
  await db.query('savepoint codes')
  try {
    await db.query(KEEP, values)
  } catch (error) {
    if (!isCodeTaken(error)) throw error
    await db.query('rollback to savepoint codes')
    const unlessTaken = `${KEEP} on conflict (upper(code collate "C")) do nothing`
    return (await db.query(unlessTaken, values)).rowCount ?? 0
  }
  await db.query('release savepoint codes')
  return values[1].length
}

const whom = (recipient: Recipient) =>
  [recipient?.email ?? null, recipient?.person ?? null] as const

export type NewCodes = {
  batch: number
  size: number
  format: CodeFormat
  recipient: Recipient
  /** Aborted when nobody waits for the codes any more. */
  signal?: AbortSignal
}

/**
 * Fills a batch with drawn codes: one that is taken is drawn again.
 * @throws clientGone when the signal says so, which rolls back the transaction of `db`.
 */
export const drawCodes = async (db: Transaction, codes: NewCodes): Promise<void> => {
  const { batch, size, format, recipient, signal } = codes
  const drawn = draw(size)
  let kept = 0
  for (let from = 0; from < size; from += CHUNK) {
    const chunk = codesOf(drawn.subarray(from, from + CHUNK), format)
    kept += await keepFree(db, [batch, chunk, ...whom(recipient)])
    if (signal?.aborted) throw clientGone()
  }
  if (kept < size) await drawCodes(db, { ...codes, size: size - kept })
}

/** Keeps somebody's own code in its batch. A code that is taken violates `codes_key`. */
export const keepOwnCode = (db: Queryable, batch: number, code: string, recipient: Recipient) =>
  db.query(KEEP, [batch, [code], ...whom(recipient)])

export const isCodeTaken = (error: unknown) =>
  (error as { constraint?: string }).constraint === 'codes_key'
