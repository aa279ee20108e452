// The audit log: each action of a key is logged in the transaction of the action: who, what, on
// what, why, when, from where, and under which request id. `GET <prefix>/audit` reads it.
import type { FastifyRequest } from 'fastify'
import type { Caller } from '../auth/callers.ts'
import type { Queryable } from '../data/database.ts'
import { raw, type Sql, sql } from '../data/sql.ts'
import type { Service } from '../events/catalogue.ts'

/** Who acts, from where and why; null for visitors and members, whose actions are not logged. */
export type Audit = {
  actor: string
  key_id: string
  address: string
  request_id: string
  reason: string | null
} | null

/** Returns who acts, as a route knows it. `reason` is what the caller gave as theirs. */
export const auditOf = (
  { caller, request }: { caller: Caller; request: FastifyRequest },
  reason?: string | null,
): Audit => {
  if (caller.kind !== 'key') return null
  const { name, id } = caller
  return {
    actor: name,
    key_id: id,
    address: request.ip,
    request_id: request.id,
    reason: reason ?? null,
  }
}

/** An action in the past tense, dotted like an event, and its subject by id: no address, no code. */
export type Action = { act: string; subject: string; details?: Record<string, unknown> }

/**
 * SQL: logs each row `(act text, subject text, details jsonb, who jsonb)`; `who` is the `Audit` of
 * its caller. Logs nothing where that is null.
 */
export const logActionsOfMany = (service: Service, actions: Sql): Sql => sql`
  insert into ${raw(service)}.audit (
    act, subject, details, actor, key_id, address, request_id, reason
  )
  select act, subject, coalesce(details, '{}'), who ->> 'actor', who ->> 'key_id',
         who ->> 'address', who ->> 'request_id', who ->> 'reason'
  from (${actions}) as done (act, subject, details, who)
  where who is not null`

/**
 * SQL: logs each row `(act text, subject text, details jsonb)` of the query `actions`. As a CTE of
 * the statement that acts it needs no reference. Logs nothing if `audit` is null.
 */
export const logActions = (service: Service, audit: Audit, actions: Sql): Sql =>
  logActionsOfMany(service, sql`select done.*, ${audit}::jsonb from (${actions}) as done`)

/** Logs one action: for actions of several statements, on the connection of their transaction. */
export const logAction = async (db: Queryable, service: Service, audit: Audit, action: Action) => {
  if (!audit) return
  const { act, subject, details = {} } = action
  const values = sql`values (${act}::text, ${subject}::text, ${JSON.stringify(details)}::jsonb)`
  await db.query(logActions(service, audit, values))
}
