// Whether invites may be issued, as quality-gates last told. Each service that asks keeps a
// one-row copy (data/migrations/001_gate.sql), so the statement that issues decides by itself:
// no call, no race, and a silent gate counts as closed.
import { z } from 'zod'
import { authorize, type Caller, key } from './auth/callers.ts'
import type { Queryable } from './data/database.ts'
import type { Payload, Service } from './events/catalogue.ts'
import { problem } from './http/problem.ts'
import { text } from './http/text.ts'

export const invitesPaused = problem(423, 'invites_paused', 'Invites are paused.')

/** Setting: minutes without an evaluation after which the gate counts as closed, or `off`. */
export const gateStaleness = z
  .union([z.literal('off').transform(() => null), z.coerce.number().min(0.01).max(10_080)])
  .default(10)

/**
 * Gives the age in seconds beyond which an evaluation is too old, or null while silence is
 * tolerated: always when the setting is off, and until the process is that old itself, because a
 * system that was down as a whole has not been silent.
 */
export const maxGateAge = (silenceMinutes: number | null) => {
  const started = performance.now()
  return (): number | null => {
    if (silenceMinutes === null) return null
    const seconds = silenceMinutes * 60
    return (performance.now() - started) / 1000 < seconds ? null : seconds
  }
}

/** SQL: one row `(open, reasons)`, where `$n` stands for what `gatePatience` gives. */
export const gateRow = (service: Service, n: number) => `
  select open and not silent as open,
         case when silent then reasons || 'gate_silent'::text else reasons end as reasons
  from (
    select open, reasons,
           $${n}::float8 is not null and
             coalesce(evaluated_at < now() - make_interval(secs => $${n}::float8), true) as silent
    from ${service}.gate
  ) as copied`

export type Gate = { open: boolean; reasons: string[] }

/** Keeps the newest evaluation, in whatever order they are heard. */
export const storeGate =
  (service: Service) => async (db: Queryable, told: Payload<'gate.evaluated'>) => {
    await db.query(
      `update ${service}.gate set open = $1, reasons = $2, evaluated_at = $3
       where evaluated_at is null or evaluated_at <= $3`,
      [told.open, told.reasons, told.evaluated_at],
    )
  }

/** The refusal of a paused gate, with its reasons as a member. */
export const pausedError = (reasons: string[]) =>
  invitesPaused(`Invites are paused: ${reasons.join(', ')}.`, { members: { reasons } })

/** Members of a body by which an admin lets one call through a paused gate. */
export const overrideMembers = {
  override_gate: z.boolean().optional().describe('Lets this call through a paused gate (admin).'),
  reason: text(500).optional().describe('Why the gate is overridden; kept with what was issued.'),
}
type Override = { override_gate?: boolean | undefined; reason?: string | undefined }

// Told together with the faults of single members, which zod by itself would not.
const isObject = ({ value }: { value: unknown }) => typeof value === 'object' && value !== null

/** A body with `overrideMembers`, of which neither goes without the other. */
export const withOverride = <S extends z.ZodType<Override>>(body: S): S =>
  body
    .refine((given: Override) => given.override_gate !== true || given.reason !== undefined, {
      path: ['reason'],
      message: 'is required with override_gate',
      when: isObject,
    })
    .refine((given: Override) => given.override_gate === true || given.reason === undefined, {
      path: ['reason'],
      message: 'must not be given without override_gate',
      when: isObject,
    })

/** Why `caller` overrides the gate, or null. @throws forbidden (403) unless they are an admin. */
export const overrideReason = (caller: Caller, { override_gate, reason }: Override) => {
  if (!override_gate) return null
  authorize(caller, key('admin'))
  return reason ?? null
}
