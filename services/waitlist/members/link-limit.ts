// Refuses an address that asks for too many links. In memory: each replica counts for itself.
import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { WaitlistSettings } from '../config.ts'
import { tooManyLinks } from '../errors.ts'

const WINDOW_MS = 600_000
const ADDRESSES_REMEMBERED = 50_000

export type LinkLimit = (request: FastifyRequest) => Promise<void>

/** Counts who asks, IPv6 by /64. @throws (by the returned function) tooManyLinks (429) */
export const limitLinks = (app: FastifyInstance, settings: WaitlistSettings): LinkLimit => {
  if (!settings.RATE_LIMITS) return async () => {}
  let count: ReturnType<FastifyInstance['createRateLimit']>
  app.register(rateLimit, {
    global: false,
    max: settings.LINKS_PER_ADDRESS,
    timeWindow: WINDOW_MS,
    cache: ADDRESSES_REMEMBERED,
    keyGenerator: ({ ip }) => normalizeIP(ip),
  })
  app.after(() => {
    count = app.createRateLimit()
  })
  return async (request) => {
    const taken = await count(request)
    if (taken.isAllowed || !taken.isExceeded) return
    throw tooManyLinks(`Too many links were asked for; wait ${taken.ttlInSeconds} s.`, {
      headers: { 'retry-after': String(taken.ttlInSeconds) },
    })
  }
}
