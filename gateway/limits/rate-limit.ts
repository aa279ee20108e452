// Limits the requests per minute: of a visitor by address (IPv6 by /64), of a key by its id.
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
import { requestCounter } from './request-counter.ts'

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

  // Callbacks, not promises: nothing here waits.
  const limit =
    (name: LimitName) => (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      const state = count(request, name)
      applyLimit(state, name === 'visitor' ? request.caller.kind : name, reply)
      done()
    }
  const limits = { visitor: limit('visitor'), page: limit('page'), monitor: null }
  app.addHook('onRoute', (route) => {
    const limit = limits[limitOf(route.url)]
    if (limit) route.onRequest = [limit, route.onRequest ?? []].flat()
  })
  // Counts requests of monitors, and those that were rejected before the limit of their route, such
  // as one with an invalid key.
  app.addHook('onResponse', (request, reply, done) => {
    const name = limitOf(request.url)
    const isRejected = reply.statusCode >= 400 && reply.statusCode < 500
    const isUncounted = name === 'monitor' || (isRejected && !reply.hasHeader('ratelimit'))
    if (isUncounted) count(request, name)
    done()
  })
}

/** Returns what counts a request. Further ones of a caller over a limit are rejected early. */
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
  const stateOf = openCounters(settings, clients)
  const describe = describeClient(settings.LOG_ADDRESSES)

  const reject = (request: FastifyRequest, name: LimitName, { max, ttl }: RateLimitState) => {
    const limit = { max, until: Date.now() + ttl, client: describe(request) }
    const { authorization } = request.headers
    if (request.caller?.kind !== 'key') {
      const found = exceeded.add(clients.networkOf(request.raw), { name, ...limit })
      if (authorization === undefined) return
      found.invalidCredentials++
      keys.remove(hashOf(authorization))
    } else if (name === 'visitor') {
      exceeded.add(hashOf(authorization as string), { name: 'key', ...limit })
    }
  }
  return (request: FastifyRequest, name: LimitName) => {
    const state = stateOf(request, name)
    if (request.caller?.kind === 'key') keys.add(hashOf(request.headers.authorization as string))
    if (state.isExceeded) reject(request, name, state)
    return state
  }
}

const openCounters = (settings: GatewaySettings, { networkOf }: ClientNetworks) => {
  const max = settings.PAGE_REQUESTS_PER_MINUTE
  const visitor = {
    key: settings.KEY_REQUESTS_PER_MINUTE,
    other: settings.VISITOR_REQUESTS_PER_MINUTE,
  }
  const limits = { visitor, page: { key: max, other: max }, monitor: { key: max, other: max } }
  const open = () => requestCounter(WINDOW_SECONDS * 1000, MAX_CALLERS)
  const counters = { visitor: open(), page: open(), monitor: open() }
  return ({ caller, raw }: FastifyRequest, name: LimitName): RateLimitState => {
    const isKey = caller?.kind === 'key'
    const max = limits[name][isKey ? 'key' : 'other']
    const { requests, ttl } = counters[name](isKey ? `key ${caller.id}` : networkOf(raw))
    const remaining = Math.max(0, max - requests)
    return { max, remaining, ttl, isExceeded: requests > max }
  }
}

type RateLimitState = {
  max: number
  remaining: number
  /** ms until the window ends. */
  ttl: number
  isExceeded: boolean
}

/** @throws tooManyRequests (429) */
const applyLimit = (state: RateLimitState, name: string, reply: FastifyReply) => {
  const { max, remaining, isExceeded } = state
  const seconds = Math.ceil(state.ttl / 1000)
  reply.headers(limitFields({ name, max, remaining, seconds }))
  if (isExceeded) throw limitExceeded({ max, seconds })
}
