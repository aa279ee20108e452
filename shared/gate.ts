// Whether invites may be issued, as quality-gates last decided. Its transaction writes the decision
// into a table with one row in each service that issues (`set_gate` in database/bootstrap.sql), and
// the statement that issues reads that row: a statement that begins after the answer to a pause sees
// it. A stale decision counts as closed.
import { z } from 'zod'
import { authorize, type Caller, key } from './auth/callers.ts'
import { raw, type Sql, sql } from './data/sql.ts'
import type { Service } from './events/catalogue.ts'
import { problem } from './http/problem.ts'
import { reportTogether, text } from './http/text.ts'

export const invitesPaused = problem(423, 'invites_paused', 'Invites are paused.', {
  reasons: z.array(z.string()).describe('Why the gate is closed.'),
})

/** Setting: minutes after which an evaluation is stale and the gate counts as closed; or `off`. */
export const gateStaleness = z
  .union([z.literal('off').transform(() => null), z.coerce.number().min(0.01).max(10_080)])
  .default(10)

/**
 * Returns a function that gives the age, in seconds, beyond which an evaluation is stale; null if
 * none is: with the setting `off`, and until the process itself is that old, because after an
 * outage of the whole system every copy is old.
 */
export const maxGateAge = (stalenessMinutes: number | null) => {
  const started = performance.now()
  return (): number | null => {
    if (stalenessMinutes === null) return null
    const seconds = stalenessMinutes * 60
    return (performance.now() - started) / 1000 < seconds ? null : seconds
  }
}

/** SQL: one row `(open, reasons)`. `maxAge` is what `maxGateAge` returns. */
export const gateState = (service: Service, maxAge: number | null): Sql => sql`
  select open and not stale as open,
         case when stale then reasons || 'gate_silent'::text else reasons end as reasons
  from (
    select open, reasons,
           ${maxAge}::float8 is not null and
             coalesce(evaluated_at < now() - make_interval(secs => ${maxAge}::float8), true) as stale
    from ${raw(service)}.gate
  ) as stored`

export type Gate = { open: boolean; reasons: string[] }

/** The services that decide on the gate, in the order in which an evaluation locks their rows. */
export const gatedServices = ['waitlist', 'invites', 'referrals'] as const

/** The 423 of a paused gate, with its reasons as a member. */
export const pausedError = (reasons: string[]) =>
  invitesPaused(`Invites are paused: ${reasons.join(', ')}.`, { members: { reasons } })

/** Members of a body with which an admin lets one call through a paused gate. */
export const overrideMembers = {
  override_gate: z
    .boolean()
    .optional()
    .describe('Lets this call through a paused gate. Needs the scope admin.'),
  reason: text(500).optional().describe('Why you override the gate. Stored with what was issued.'),
}
type Override = { override_gate?: boolean | undefined; reason?: string | undefined }

/** A body with `overrideMembers`: each of the two requires the other. */
export const withOverride = <S extends z.ZodType<Override>>(body: S): S =>
  body
    .refine((given: Override) => given.override_gate !== true || given.reason !== undefined, {
      ...reportTogether,
      path: ['reason'],
      message: 'is required with override_gate',
    })
    .refine((given: Override) => given.override_gate === true || given.reason === undefined, {
      ...reportTogether,
      path: ['reason'],
      message: 'must not be given without override_gate',
    })

/** Returns why the caller overrides the gate, or null. @throws forbidden (403) without `admin`. */
export const overrideReason = (caller: Caller, { override_gate, reason }: Override) => {
  if (!override_gate) return null
  authorize(caller, key('admin'))
  return reason ?? null
}
