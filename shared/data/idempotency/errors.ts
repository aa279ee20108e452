// The errors of repeated requests.
import { problem } from '../../http/problem.ts'

export const idempotencyInProgress = problem(
  409,
  'idempotency_in_progress',
  'A request with this Idempotency-Key is still in progress. Retry it later.',
)
export const idempotencyEffectGone = problem(
  410,
  'idempotency_effect_gone',
  'What this Idempotency-Key created no longer exists.',
)
export const idempotencyKeyReused = problem(
  422,
  'idempotency_key_reused',
  'This Idempotency-Key was already used with a different body. Send a new key.',
)

export const inProgress = () =>
  idempotencyInProgress(undefined, { headers: { 'retry-after': '1' } })
