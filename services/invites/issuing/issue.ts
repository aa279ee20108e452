// Issuing a batch: created where the gate allows it, published and filled in one transaction.
import { randomBytes } from 'node:crypto'
import { type Transactable, type Transaction, transaction } from '@vobee/shared/data/database'
import type { Batch } from '../batches/batch-codes.ts'
import type { CodeFormat } from '../codes/code-format.ts'
import { generateCodes, insertCustomCode, isCodeConflict, type Recipient } from './insert-codes.ts'
import { mailCodes } from './mail-codes.ts'
import { type NewBatch, openBatch } from './open-batch.ts'

export type IssueRequest = NewBatch & {
  recipient: Recipient
  /** Whether the codes are mailed to the recipient. */
  mail: boolean
  format: CodeFormat
  custom_code: string | null
  /** Aborted when the client has disconnected. */
  signal: AbortSignal
}

export type Issued =
  | { outcome: 'issued'; batch: Batch; gate_open: boolean }
  | { outcome: 'paused'; reasons: string[] }
  | { outcome: 'batch_exists' }
  | { outcome: 'code_exists' }

const fill = async (db: Transaction, batch: number, request: IssueRequest): Promise<void> => {
  const { custom_code, recipient } = request
  if (custom_code === null) await generateCodes(db, { ...request, batch })
  else await insertCustomCode(db, { batch, codes: [custom_code], recipient })
}

const issueAs = (db: Transactable, request: IssueRequest, suffix: string): Promise<Issued> =>
  transaction(db, async (connection) => {
    type Opened = { open: boolean; reasons: string[]; id: number | null; batch_id: string }
    const { rows } = await connection.query<Opened>(openBatch(request, suffix))
    const { open, reasons, id, batch_id } = rows[0] as Opened
    if (id !== null) {
      await fill(connection, id, request)
      if (request.recipient && request.mail) await mailCodes(connection, id, request.recipient)
      return { outcome: 'issued', batch: { id, batch_id, size: request.size }, gate_open: open }
    }
    const isAllowed = open || request.override_reason !== null
    return isAllowed ? { outcome: 'batch_exists' } : { outcome: 'paused', reasons }
  })

/**
 * Issues a batch of codes, whole or not at all. A batch that is named for the time gets a suffix if
 * that name exists.
 * @throws clientGone if the request was aborted before the commit; nothing is issued then.
 */
export const issueBatch = async (db: Transactable, request: IssueRequest): Promise<Issued> => {
  try {
    let issued = await issueAs(db, request, '')
    while (issued.outcome === 'batch_exists' && request.batch_id === null) {
      issued = await issueAs(db, request, `-${randomBytes(3).toString('hex').toUpperCase()}`)
    }
    return issued
  } catch (error) {
    if (isCodeConflict(error)) return { outcome: 'code_exists' }
    throw error
  }
}
