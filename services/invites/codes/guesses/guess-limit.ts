// Rejects addresses and networks that guess codes. Each replica counts in its own memory.
import { hasScope } from '@vobee/shared/auth/callers'
import { overloaded } from '@vobee/shared/http/problem'
import { toggle } from '@vobee/shared/ops/settings'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { tooManyGuesses } from '../../errors.ts'
import { type GuessCounter, guessCounter, type Origin } from './guess-counter.ts'
import { type GuessTurns, guessTurns } from './guess-turns.ts'

export const guessSettings = {
  RATE_LIMITS: toggle(true),
  GUESSES_PER_ADDRESS: z.coerce.number().int().min(1).default(30),
  GUESSES_IN_ALL: z.coerce.number().int().min(1).default(3_000),
  GUESS_WINDOW_MINUTES: z.coerce.number().min(0.01).max(1_440).default(10),
}
type GuessSettings = z.infer<z.ZodObject<typeof guessSettings>>

/** Wraps the look-up of a code, which calls `countWrong` if the code is wrong. */
export type GuessLimit = <Result>(
  request: FastifyRequest,
  lookUp: (countWrong: () => void) => Promise<Result>,
) => Promise<Result>

// The host sends its key for all of its visitors: they would share one address here.
const isHost = ({ caller }: FastifyRequest) =>
  hasScope(caller, 'invites:read') || hasScope(caller, 'invites:write')

const MAX_WAIT_MS = 2_000
const retrySoon = { headers: { 'retry-after': '1' } }

/** @throws tooManyGuesses (429) */
const reject = (seconds: number) => {
  if (seconds === 0) return
  throw tooManyGuesses(`Too many wrong codes came from your network. Retry in ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
  })
}

// It begins in the same turn of the event loop in which it may. Returns the function that ends it.
const beginInTurn =
  ({ secondsToWait }: GuessCounter, turns: GuessTurns) =>
  async (by: Origin) => {
    const start = performance.now()
    reject(secondsToWait(by))
    for (let wait = turns.wait(by); wait; wait = turns.wait(by)) {
      await wait
      reject(secondsToWait(by))
      if (performance.now() - start > MAX_WAIT_MS) throw overloaded(undefined, retrySoon)
    }
    return turns.begin(by)
  }

/**
 * Returns the function that wraps each look-up.
 * @throws (the returned function) tooManyGuesses (429), without looking up; overloaded (503).
 */
export const guessLimit = (settings: GuessSettings): GuessLimit => {
  if (!settings.RATE_LIMITS) return (_request, lookUp) => lookUp(() => {})
  const guesses = guessCounter({
    perAddress: settings.GUESSES_PER_ADDRESS,
    inAll: settings.GUESSES_IN_ALL,
    windowMs: settings.GUESS_WINDOW_MINUTES * 60_000,
  })
  const begin = beginInTurn(guesses, guessTurns(guesses))
  return async (request, lookUp) => {
    if (isHost(request)) return lookUp(() => {})
    const origin = guesses.originOf(request.ip)
    const end = await begin(origin)
    const countWrong = () => {
      const before = guesses.isUnderAttack()
      guesses.add(origin)
      if (guesses.isUnderAttack() && !before) request.log.warn('many addresses are guessing codes')
    }
    return lookUp(countWrong).finally(end)
  }
}
