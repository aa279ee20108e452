// The statement that creates a batch if the gate is open, logs it and publishes it.
import { type Sql, sql } from '@vobee/shared/data/sql'
import { publish } from '@vobee/shared/events/publish'
import { gateState } from '@vobee/shared/gate'
import { type Audit, logActions } from '@vobee/shared/ops/audit-trail'
import { type Expiry, timeOf } from '../batches/extend.ts'

export type NewBatch = {
  size: number
  /** Null: named for the time. */
  batch_id: string | null
  max_uses: number | null
  expiry: Expiry
  created_by: string
  metadata: Record<string, unknown>
  /** Lets the batch through a closed gate. */
  override_reason: string | null
  maxGateAge: number | null
  audit: Audit
}

const logGenerated = (audit: Audit) =>
  logActions(
    'invites',
    audit,
    sql`
      select 'invites.generated', batch_id,
             jsonb_build_object('codes', size, 'gate_overridden', not gate.open)
      from created cross join gate`,
  )

const publishCreated = publish(
  'invites.created',
  {
    batch_id: sql`batch_id`,
    count: sql`size`,
    grants: sql`'[]'::jsonb`,
    at: sql`created_at`,
  },
  sql`created`,
)

const nameFor = (batchId: string | null, suffix: string) =>
  sql`coalesce(
    ${batchId}, to_char(now() at time zone 'utc', '"BATCH-"YYYYMMDDHH24MISS') || ${suffix}::text
  )`

/** SQL: one row with the gate's state and, unless it is closed or the batch exists, the new batch. */
export const openBatch = (batch: NewBatch, suffix: string): Sql => sql`
  with gate as (${gateState('invites', batch.maxGateAge)}),
  created as (
    insert into invites.batches (
      batch_id, size, max_uses, expires_at, created_by, metadata, override_reason
    )
    select
      ${nameFor(batch.batch_id, suffix)}, ${batch.size}, ${batch.max_uses},
      ${timeOf(batch.expiry)}, ${batch.created_by}, ${JSON.stringify(batch.metadata)},
      ${batch.override_reason}
    from gate where open or ${batch.override_reason}::text is not null
    on conflict (batch_id) do nothing
    returning id, batch_id, size, created_at
  ), published as (${publishCreated}
  ), logged as (${logGenerated(batch.audit)})
  select gate.open, gate.reasons, created.id, created.batch_id,
         (select count(*) from published) as published
  from gate left join created on true`
