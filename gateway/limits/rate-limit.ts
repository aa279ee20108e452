// How much one caller may ask: visitors by address (IPv6 by /64), keys far more.
import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import { problem } from '@vobee/shared/http/problem'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { GatewaySettings } from '../config.ts'

export const tooManyRequests = problem(429, 'too_many_requests', 'Too many requests.')

const WINDOW_SECONDS = 60
const CALLERS_REMEMBERED = 50_000

const keyOf = ({ caller, ip }: FastifyRequest) =>
  caller.kind === 'key' ? `key ${caller.id}` : normalizeIP(ip)

const countedPaths = ['/api', '/status', '/services', '/r/']

const isCounted = (url: string) => countedPaths.some((path) => url.startsWith(path))

/**
 * Counts requests to the routes declared from here on that cost something, and refuses those
 * beyond their caller's limit. Every answer says the limit in the fields of
 * draft-ietf-httpapi-ratelimit-headers-10.
 */
export const limitCallers = (app: FastifyInstance, settings: GatewaySettings) => {
  if (!settings.RATE_LIMITS) return
  let count: ReturnType<FastifyInstance['createRateLimit']>
  app.register(rateLimit, {
    global: false,
    timeWindow: WINDOW_SECONDS * 1000,
    cache: CALLERS_REMEMBERED,
    keyGenerator: keyOf,
    max: ({ caller }) =>
      caller.kind === 'key'
        ? settings.KEY_REQUESTS_PER_MINUTE
        : settings.VISITOR_REQUESTS_PER_MINUTE,
  })
  app.after(() => {
    count = app.createRateLimit()
  })
  const limit = async (request: FastifyRequest, reply: FastifyReply) => {
    const taken = await count(request)
    if (!taken.isAllowed) tell(taken, request, reply)
  }
  app.addHook('onRoute', (route) => {
    if (isCounted(route.url)) route.onRequest = [limit, route.onRequest ?? []].flat()
  })
}

type Taken = { max: number; remaining: number; ttlInSeconds: number; isExceeded: boolean }

/** @throws tooManyRequests (429) */
const tell = (taken: Taken, { caller }: FastifyRequest, reply: FastifyReply) => {
  const { max, remaining, ttlInSeconds, isExceeded } = taken
  reply.header('ratelimit-policy', `"${caller.kind}";q=${max};w=${WINDOW_SECONDS}`)
  reply.header('ratelimit', `"${caller.kind}";r=${remaining};t=${ttlInSeconds}`)
  if (!isExceeded) return
  throw tooManyRequests(`At most ${max} requests a minute; wait ${ttlInSeconds} s.`, {
    headers: { 'retry-after': String(ttlInSeconds) },
  })
}
