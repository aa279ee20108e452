// What is done with a key is written down, in the transaction of the act: who, what, on what, why,
// when, from where, under which request id. `GET <prefix>/audit` reads it (audit-log.ts).
import type { FastifyRequest } from 'fastify'
import type { Caller } from '../auth/callers.ts'
import type { Queryable } from '../data/database.ts'
import type { Service } from '../events/catalogue.ts'

/** Who acts, from where and why; null for visitors and members, whose acts are not written down. */
export type Audit = {
  actor: string
  key_id: string
  address: string
  request_id: string
  reason: string | null
} | null

/** Who acts, as a route knows it. `reason` is what they gave as theirs. */
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

/** An act in the past tense, dotted like an event, and its subject by id: no address, no code. */
export type Action = { act: string; subject: string; details?: Record<string, unknown> }

/**
 * SQL: writes down each row `(act text, subject text, details jsonb)` that the query `acts` gives.
 * As a part of the statement that acts (`audited as (${auditActs(…)})`) it needs no reference. The
 * value of `$n` is an `Audit`; nothing is written when that is null.
 */
export const logActions = (service: Service, n: number, acts: string) => `
  insert into ${service}.audit (
    act, subject, details, actor, key_id, address, request_id, reason
  )
  select act, subject, coalesce(details, '{}'), who ->> 'actor', who ->> 'key_id',
         who ->> 'address', who ->> 'request_id', who ->> 'reason'
  from (${acts}) as done (act, subject, details)
  cross join (select $${n}::jsonb as who) as audit
  where who is not null`

/** Writes one act down: for acts of several statements, on the connection of their transaction. */
export const logAction = async (db: Queryable, service: Service, audit: Audit, done: Action) => {
  if (!audit) return
  const acts = 'values ($2::text, $3::text, $4::jsonb)'
  const details = JSON.stringify(done.details ?? {})
  await db.query(logActions(service, 1, acts), [audit, done.act, done.subject, details])
}
