// Evaluating the gate with an Idempotency-Key.
import { callerName } from '@vobee/shared/auth/callers'
import { findTimeError } from '@vobee/shared/http/coming-year'
import type { RouteInput } from '@vobee/shared/http/route'
import { auditOf } from '@vobee/shared/ops/audit-trail'
import type { z } from 'zod'
import { evaluate, type Occasion } from './evaluate.ts'
import { evaluationReply, type GateDeps } from './evaluation-reply.ts'

/**
 * Evaluates the gate on an occasion, which takes effect once for each key. A repeated request gets
 * the evaluation of now: the gate may have changed since, and a record must not hold free text.
 */
export const evaluateOnce = async (
  { db, limits, idempotent }: GateDeps,
  input: RouteInput<undefined, undefined, z.ZodType>,
  occasion: Occasion,
) => {
  const by = callerName(input.caller)
  const timeError = findTimeError('until', occasion.manual?.until)
  const evaluation = await idempotent(input, {
    run: async (connection) => {
      if (timeError) throw timeError
      return evaluate(connection ?? db, limits, occasion)
    },
    serialize: () => null,
    replay: () => evaluate(db, limits, { name: 'asked', by, audit: auditOf(input) }),
  })
  return evaluationReply(evaluation)
}
