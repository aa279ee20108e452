// Times that a caller sets for later.
import { inputProblem } from './input/input-errors.ts'
import type { Problem } from './problem.ts'

const YEAR_MS = 366 * 86_400_000

/**
 * Returns the error (400) of the member `path` if its time is not in the coming year; null if it is,
 * or if there is none. Call it when the request arrives, and throw the error where the action runs: a
 * request that is repeated with its Idempotency-Key after that time gets its reply.
 */
export const findTimeError = (path: string, time: string | null | undefined): Problem | null => {
  if (!time) return null
  const ms = Date.parse(time) - Date.now()
  if (ms > 0 && ms <= YEAR_MS) return null
  return inputProblem([{ path, message: 'must be in the future, at most a year from now' }])
}
