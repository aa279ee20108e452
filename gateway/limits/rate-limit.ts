// Limits the requests per minute: of a visitor by address (IPv6 by /64), of a key by its id.
import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import { problem } from '@vobee/shared/http/problem'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { GatewaySettings } from '../config.ts'

export const tooManyRequests = problem(429, 'too_many_requests', 'Too many requests.')

const WINDOW_SECONDS = 60
// The least recent callers are dropped beyond this number, so that memory stays bounded.
const MAX_CALLERS = 50_000

const limitedPaths = ['/api', '/status', '/services', '/r/']
// The gateway reads their state from memory, and monitors must always reach them.
const unlimitedPaths = ['/health', '/ready', '/metrics']

export const isLimited = (url: string) => limitedPaths.some((path) => url.startsWith(path))

/**
 * Limits the requests to those routes declared after this call: pages and their files by a limit of
 * their own, because one page loads many. Every response states the limit in the fields of
 * draft-ietf-httpapi-ratelimit-headers-10.
 */
export const limitRequests = (app: FastifyInstance, settings: GatewaySettings) => {
  if (!settings.RATE_LIMITS) return
  app.register(rateLimit, {
    global: false,
    timeWindow: WINDOW_SECONDS * 1000,
    cache: MAX_CALLERS,
    keyGenerator: ({ caller, ip }) =>
      caller.kind === 'key' ? `key ${caller.id}` : normalizeIP(ip),
    max: ({ caller }) =>
      caller.kind === 'key'
        ? settings.KEY_REQUESTS_PER_MINUTE
        : settings.VISITOR_REQUESTS_PER_MINUTE,
  })
  const limitCalls = limiter(app, ({ caller }) => caller.kind)
  const limitPages = limiter(app, () => 'page', { max: settings.PAGE_REQUESTS_PER_MINUTE })
  app.addHook('onRoute', (route) => {
    if (unlimitedPaths.includes(route.url)) return
    const limit = isLimited(route.url) ? limitCalls : limitPages
    route.onRequest = [limit, route.onRequest ?? []].flat()
  })
}

type NameOf = (request: FastifyRequest) => string

const limiter = (app: FastifyInstance, nameOf: NameOf, options?: { max: number }) => {
  let count: ReturnType<FastifyInstance['createRateLimit']> | undefined
  return async (request: FastifyRequest, reply: FastifyReply) => {
    count ??= app.createRateLimit(options)
    const state = await count(request)
    if (!state.isAllowed) applyLimit(state, nameOf(request), reply)
  }
}

type RateLimitState = { max: number; remaining: number; ttlInSeconds: number; isExceeded: boolean }

/** @throws tooManyRequests (429) */
const applyLimit = (state: RateLimitState, name: string, reply: FastifyReply) => {
  const { max, remaining, ttlInSeconds, isExceeded } = state
  reply.header('ratelimit-policy', `"${name}";q=${max};w=${WINDOW_SECONDS}`)
  reply.header('ratelimit', `"${name}";r=${remaining};t=${ttlInSeconds}`)
  if (!isExceeded) return
  throw tooManyRequests(`The limit is ${max} requests per minute. Retry in ${ttlInSeconds} s.`, {
    headers: { 'retry-after': String(ttlInSeconds) },
  })
}
