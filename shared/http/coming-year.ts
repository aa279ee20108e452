// Times that a caller sets for later.
import { inputProblem } from './input-errors.ts'

const YEAR_MS = 366 * 86_400_000

/**
 * Checks that the member `path` is a time in the coming year; null is none. Call it where the action
 * runs: a request that is repeated with its Idempotency-Key after that time gets its reply.
 * @throws invalidInput (400)
 */
export const requireComingYear = (path: string, time: string | null | undefined): void => {
  if (!time) return
  const ms = Date.parse(time) - Date.now()
  if (ms > 0 && ms <= YEAR_MS) return
  throw inputProblem([{ path, message: 'must be in the future, at most a year from now' }])
}
