// Rejects addresses that guess codes. Each replica counts in its own memory.
import { normalizeIP } from '@fastify/rate-limit'
import { hasScope } from '@vobee/shared/auth/callers'
import { toggle } from '@vobee/shared/ops/settings'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { tooManyGuesses } from '../errors.ts'
import { guessCounter } from './guess-counter.ts'

export const guessSettings = {
  RATE_LIMITS: toggle(true),
  GUESSES_PER_ADDRESS: z.coerce.number().int().min(1).default(30),
  GUESSES_IN_ALL: z.coerce.number().int().min(1).default(3_000),
  GUESS_WINDOW_MINUTES: z.coerce.number().min(0.01).max(1_440).default(10),
}
type GuessSettings = z.infer<z.ZodObject<typeof guessSettings>>

export type GuessLimit = {
  /** Call it before a code is looked up. @throws tooManyGuesses (429) */
  check: (request: FastifyRequest) => void
  /** Counts a wrong code. @throws tooManyGuesses (429) if concurrent requests reached the limit. */
  countWrong: (request: FastifyRequest) => void
}

// The host sends its key for all of its visitors: they would share one address here.
const isHost = ({ caller }: FastifyRequest) =>
  hasScope(caller, 'invites:read') || hasScope(caller, 'invites:write')

export const guessLimit = (settings: GuessSettings): GuessLimit => {
  if (!settings.RATE_LIMITS) return { check: () => {}, countWrong: () => {} }
  const guesses = guessCounter({
    perAddress: settings.GUESSES_PER_ADDRESS,
    inAll: settings.GUESSES_IN_ALL,
    windowMs: settings.GUESS_WINDOW_MINUTES * 60_000,
  })
  const check = (request: FastifyRequest) => {
    const seconds = isHost(request) ? 0 : guesses.secondsToWait(normalizeIP(request.ip))
    if (seconds === 0) return
    throw tooManyGuesses(`Too many wrong codes came from this address. Retry in ${seconds} s.`, {
      headers: { 'retry-after': String(seconds) },
    })
  }
  const countWrong = (request: FastifyRequest) => {
    if (isHost(request)) return
    check(request)
    const before = guesses.isUnderAttack()
    guesses.add(normalizeIP(request.ip))
    if (guesses.isUnderAttack() && !before) {
      request.log.warn('many addresses are guessing codes')
    }
  }
  return { check, countWrong }
}
