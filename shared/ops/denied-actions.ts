// Logs denied actions: a key or a member calls a route for which it lacks the scope (403).
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { callerName } from '../auth/callers.ts'
import type { Service } from '../events/catalogue.ts'
import { forbidden, Problem } from '../http/problem.ts'
import { logAction } from './audit-trail.ts'

/** ms: in this time a caller's denials at one route leave one row. */
const WINDOW_MS = 600_000
const MAX_ROUTES = 10_000

type Denials = { unlogged: number; until: number }

/**
 * Returns a function that says whether a denial leaves a row: null, or the number of denials since
 * the last row that left none. `now` returns milliseconds that never decrease.
 */
export const denialCounter = (now = () => performance.now()) => {
  const denials = new LRUCache<string, Denials>({ max: MAX_ROUTES })
  return (name: string): number | null => {
    const last = denials.get(name)
    if (last && now() < last.until) {
      last.unlogged++
      return null
    }
    denials.set(name, { unlogged: 0, until: now() + WINDOW_MS })
    return last?.unlogged ?? 0
  }
}

// A member is not named: the row would be about a person, for no action of theirs. All members
// count as one caller, because anybody can become a member.
const auditOfDenied = ({ caller, ip, id }: FastifyRequest) => ({
  actor: callerName(caller),
  key_id: caller.kind === 'key' ? caller.id : '',
  address: ip,
  request_id: id,
  reason: null,
})

/** Logs denied actions in the audit log of `service`. No response waits for it or fails by it. */
export const logDeniedActions = (app: FastifyInstance, service: Service) => {
  const count = denialCounter()
  const log = async (request: FastifyRequest, scope: unknown) => {
    const { method, url } = request.routeOptions
    const audit = auditOfDenied(request)
    const subject = `${method} ${url}`
    const unlogged = count(`${audit.actor} ${audit.key_id} ${subject}`)
    if (unlogged === null) return
    const details = { scope, unlogged }
    await logAction(app.database, service, audit, { act: 'denied', subject, details })
  }
  app.addHook('onError', (request, _reply, error, done) => {
    done()
    if (!(error instanceof Problem) || error.code !== forbidden.code) return
    log(request, error.members.scope).catch((err) =>
      request.log.warn({ err }, 'a denied action could not be logged'),
    )
  })
}
