// Limits the requests per minute: of a visitor by address (IPv6 by /64), of a key by its id.
import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { acceptedKeys, hashOf } from '../access/accepted-keys.ts'
import { describeClient } from '../access/describe-client.ts'
import type { GatewaySettings } from '../config.ts'
import { crossOriginHeaders } from '../proxy/allowed-origins.ts'
import { type ClientNetworks, clientNetworks } from './client-networks.ts'
import { limitConnections } from './connections.ts'
import { exceededLimits } from './exceeded.ts'
import { type LimitName, limitOf } from './limited-paths.ts'
import { rejectEarly } from './reject-early.ts'
import { limitExceeded, limitFields, rejectionSender, WINDOW_SECONDS } from './rejection.ts'

// The least recent callers are dropped beyond this number, so that memory stays bounded.
const MAX_CALLERS = 50_000

/**
 * Limits connections, and the requests to those routes declared after this call: pages and their
 * files by a limit of their own, because one page loads many. Every response states the limit, except
 * those to monitors.
 */
export const limitRequests = (app: FastifyInstance, settings: GatewaySettings) => {
  if (!settings.RATE_LIMITS) return
  const clients = clientNetworks(settings.TRUSTED_PROXIES)
  limitConnections(app, settings, clients)
  const count = countRequests(app, settings, clients)

  const limit = (name: LimitName) => async (request: FastifyRequest, reply: FastifyReply) => {
    const state = await count(request, name)
    applyLimit(state, name === 'visitor' ? request.caller.kind : name, reply)
  }
  const limits = { visitor: limit('visitor'), page: limit('page'), monitor: null }
  app.addHook('onRoute', (route) => {
    const limit = limits[limitOf(route.url)]
    if (limit) route.onRequest = [limit, route.onRequest ?? []].flat()
  })
  // Those of monitors, and requests that were rejected before the limit of their route, such as one
  // with an invalid key.
  app.addHook('onResponse', (request, reply, done) => {
    const name = limitOf(request.url)
    const isRejected = reply.statusCode >= 400 && reply.statusCode < 500
    const isUncounted = name === 'monitor' || (isRejected && !reply.hasHeader('ratelimit'))
    if (isUncounted) count(request, name).then(() => done(), done)
    else done()
  })
}

/** Returns the function that counts a request. The next ones of a caller over a limit are rejected early. */
const countRequests = (
  app: FastifyInstance,
  settings: GatewaySettings,
  clients: ClientNetworks,
) => {
  const exceeded = exceededLimits(app, MAX_CALLERS)
  const keys = acceptedKeys(settings.ADMIN_API_KEY)
  const send = rejectionSender(app, crossOriginHeaders(settings.CORS_ORIGINS))
  const maxDelayed = settings.CONNECTIONS_IN_ALL
  rejectEarly(app, { clients, exceeded, acceptedKeys: keys, send, maxDelayed })
  const stateOf = openCounters(app, settings)
  const describe = describeClient(settings.LOG_ADDRESSES)

  const reject = (request: FastifyRequest, name: LimitName, { max, ttl }: RateLimitState) => {
    const limit = { max, until: Date.now() + ttl, client: describe(request) }
    const { authorization } = request.headers
    if (request.caller?.kind !== 'key') {
      const found = exceeded.add(normalizeIP(request.ip), { name, ...limit })
      if (authorization === undefined) return
      found.invalidCredentials++
      keys.remove(hashOf(authorization))
    } else if (name === 'visitor') {
      exceeded.add(hashOf(authorization as string), { name: 'key', ...limit })
    }
  }
  return async (request: FastifyRequest, name: LimitName) => {
    const state = await stateOf(request, name)
    if (request.caller?.kind === 'key') keys.add(hashOf(request.headers.authorization as string))
    if (state.isExceeded) reject(request, name, state)
    return state
  }
}

const openCounters = (app: FastifyInstance, settings: GatewaySettings) => {
  app.register(rateLimit, {
    global: false,
    timeWindow: WINDOW_SECONDS * 1000,
    cache: MAX_CALLERS,
    keyGenerator: ({ caller, ip }) =>
      caller?.kind === 'key' ? `key ${caller.id}` : normalizeIP(ip),
    max: ({ caller }) =>
      caller?.kind === 'key'
        ? settings.KEY_REQUESTS_PER_MINUTE
        : settings.VISITOR_REQUESTS_PER_MINUTE,
  })
  const max = settings.PAGE_REQUESTS_PER_MINUTE
  const options = { visitor: undefined, page: { max }, monitor: { max } }
  const counters: Partial<Record<LimitName, ReturnType<FastifyInstance['createRateLimit']>>> = {}
  return async (request: FastifyRequest, name: LimitName) => {
    const counter = counters[name] ?? app.createRateLimit(options[name])
    counters[name] = counter
    return (await counter(request)) as RateLimitState
  }
}

type RateLimitState = {
  max: number
  remaining: number
  ttl: number
  ttlInSeconds: number
  isExceeded: boolean
}

/** @throws tooManyRequests (429) */
const applyLimit = (state: RateLimitState, name: string, reply: FastifyReply) => {
  const { max, remaining, ttlInSeconds: seconds, isExceeded } = state
  reply.headers(limitFields({ name, max, remaining, seconds }))
  if (isExceeded) throw limitExceeded({ max, seconds })
}
