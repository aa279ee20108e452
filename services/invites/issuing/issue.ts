// Issuing codes: a batch is made where the gate lets it, told, and filled, in one transaction.
import { randomBytes } from 'node:crypto'
import { type Transactable, type Transaction, transaction } from '@vobee/shared/data/database'
import { gateRow } from '@vobee/shared/gate'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import type { CodeFormat } from '../codes/code-format.ts'
import type { Batch } from '../codes/find-code.ts'
import { drawCodes, isCodeTaken, keepOwnCode, type Recipient } from './insert-codes.ts'

export type Order = {
  size: number
  /** Null: named for the time. */
  batch_id: string | null
  max_uses: number | null
  expiry: { days: number } | { at: string | null }
  recipient: Recipient
  created_by: string
  /** Their person key, where `created_by` is an address. */
  creator_person: string | null
  metadata: Record<string, unknown>
  format: CodeFormat
  own_code: string | null
  /** Lets the batch through a gate that is closed. */
  override_reason: string | null
  /** As `gatePatience` gives it. */
  patience: number | null
  audit: Audit
  /** Aborted when nobody waits for the codes any more. */
  signal: AbortSignal
}

export type Issued =
  | { outcome: 'issued'; batch: Batch; gate_open: boolean }
  | { outcome: 'paused'; reasons: string[] }
  | { outcome: 'batch_exists' }
  | { outcome: 'code_exists' }

const GENERATED = `
  select 'invites.generated', batch_id,
         jsonb_build_object('codes', size, 'gate_overridden', not gate.open)
  from made cross join gate`

const OPEN_BATCH = `
  with gate as (${gateRow('invites', 1)}),
  made as (
    insert into invites.batches (
      batch_id, size, max_uses, expires_at, created_by, metadata, override_reason,
      creator_person
    )
    select
      coalesce($3, to_char(now() at time zone 'utc', '"BATCH-"YYYYMMDDHH24MISS') || $4),
      $5, $6, coalesce($7::timestamptz, now() + make_interval(hours => 24 * $8::int)), $9, $10, $2,
      $12
    from gate where open or $2::text is not null
    on conflict (batch_id) do nothing
    returning id, batch_id, size, created_at
  ), told as (
    select referrals.publish('invites.created', payload), quality_gates.publish('invites.created', payload)
    from (
      select jsonb_build_object(
        'batch_id', batch_id, 'count', size, 'grants', '[]'::jsonb, 'at', created_at
      ) as payload
      from made
    ) as news
  ), audited as (${logActions('invites', 11, GENERATED)})
  select gate.open, gate.reasons, made.id, made.batch_id, (select count(*) from told) as told
  from gate left join made on true`

type Opened = { open: boolean; reasons: string[]; id: number | null; batch_id: string }

const openBatch = async (db: Transaction, order: Order, suffix: string): Promise<Opened> => {
  const { rows } = await db.query<Opened>(OPEN_BATCH, [
    order.patience,
    order.override_reason,
    order.batch_id,
    suffix,
    order.size,
    order.max_uses,
    'at' in order.expiry ? order.expiry.at : null,
    'days' in order.expiry ? order.expiry.days : null,
    order.created_by,
    JSON.stringify(order.metadata),
    order.audit,
    order.creator_person,
  ])
  return rows[0] as Opened
}

const fill = async (db: Transaction, batch: number, order: Order): Promise<void> => {
  const { size, recipient, format, own_code, signal } = order
  if (own_code !== null) await keepOwnCode(db, batch, own_code, recipient)
  else await drawCodes(db, { batch, size, format, recipient, signal })
}

const issueAs = (db: Transactable, order: Order, suffix: string): Promise<Issued> =>
  transaction(db, async (connection) => {
    const { open, reasons, id, batch_id } = await openBatch(connection, order, suffix)
    if (id !== null) {
      await fill(connection, id, order)
      return { outcome: 'issued', batch: { id, batch_id, size: order.size }, gate_open: open }
    }
    const letThrough = open || order.override_reason !== null
    return letThrough ? { outcome: 'batch_exists' } : { outcome: 'paused', reasons }
  })

/**
 * Issues a batch of codes, whole or not at all. A name that it chose itself is always free.
 * @throws clientGone when the signal came before the commit; nothing is issued then.
 */
export const issue = async (db: Transactable, order: Order): Promise<Issued> => {
  try {
    let issued = await issueAs(db, order, '')
    while (issued.outcome === 'batch_exists' && order.batch_id === null) {
      issued = await issueAs(db, order, `-${randomBytes(3).toString('hex').toUpperCase()}`)
    }
    return issued
  } catch (error) {
    if (isCodeTaken(error)) return { outcome: 'code_exists' }
    throw error
  }
}
