// Limits how many links an address can request. In memory: each replica counts its own requests.
import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { WaitlistSettings } from '../config.ts'
import { tooManyLinks } from '../errors.ts'

const WINDOW_MS = 600_000
const CACHE_SIZE = 50_000

export type LinkLimit = (request: FastifyRequest) => Promise<void>

/** Counts by address, IPv6 by /64. @throws (the returned function) tooManyLinks (429) */
export const limitLinks = (app: FastifyInstance, settings: WaitlistSettings): LinkLimit => {
  if (!settings.RATE_LIMITS) return async () => {}
  let count: ReturnType<FastifyInstance['createRateLimit']>
  app.register(rateLimit, {
    global: false,
    max: settings.LINKS_PER_ADDRESS,
    timeWindow: WINDOW_MS,
    cache: CACHE_SIZE,
    keyGenerator: ({ ip }) => normalizeIP(ip),
  })
  app.after(() => {
    count = app.createRateLimit()
  })
  return async (request) => {
    const limit = await count(request)
    if (limit.isAllowed || !limit.isExceeded) return
    throw tooManyLinks(`You requested too many links. Wait ${limit.ttlInSeconds} s.`, {
      headers: { 'retry-after': String(limit.ttlInSeconds) },
    })
  }
}
