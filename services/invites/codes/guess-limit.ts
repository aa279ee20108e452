// Refuses whoever guesses codes. In memory: each replica counts for itself.
import { normalizeIP } from '@fastify/rate-limit'
import { hasScope } from '@vobee/shared/auth/callers'
import type { FastifyRequest } from 'fastify'
import type { InvitesSettings } from '../config.ts'
import { tooManyGuesses } from '../errors.ts'
import { countGuesses } from './guess-counter.ts'

export type GuessLimit = {
  /** To be asked before a code is looked at. @throws tooManyGuesses (429) */
  check: (request: FastifyRequest) => void
  /** Counts a wrong guess. @throws tooManyGuesses (429) when many came at once. */
  wrong: (request: FastifyRequest) => void
}

// A host that asks for its own visitors sends its key: they would share one address here.
const isHost = ({ caller }: FastifyRequest) =>
  hasScope(caller, 'invites:read') || hasScope(caller, 'invites:write')

export const limitGuesses = (settings: InvitesSettings): GuessLimit => {
  if (!settings.RATE_LIMITS) return { check: () => {}, wrong: () => {} }
  const guesses = countGuesses({
    perAddress: settings.GUESSES_PER_ADDRESS,
    inAll: settings.GUESSES_IN_ALL,
    windowMs: settings.GUESS_WINDOW_MINUTES * 60_000,
  })
  const check = (request: FastifyRequest) => {
    const seconds = isHost(request) ? 0 : guesses.wait(normalizeIP(request.ip))
    if (seconds === 0) return
    throw tooManyGuesses(`Too many wrong codes came from this address; wait ${seconds} s.`, {
      headers: { 'retry-after': String(seconds) },
    })
  }
  const wrong = (request: FastifyRequest) => {
    if (isHost(request)) return
    check(request)
    const before = guesses.underAttack()
    guesses.add(normalizeIP(request.ip))
    if (guesses.underAttack() && !before) request.log.warn('codes are guessed from many addresses')
  }
  return { check, wrong }
}
